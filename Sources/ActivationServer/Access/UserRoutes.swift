import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// People who sign in to the console, under `/v1/users`.
struct UserRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("users") { _, _ in
            Response(json: ["items": .array(control.consoleUsers.map { .object(shown($0)) })])
        }
        own.post("users") { request, context in try await invite(request, context) }
        own.patch("users/:id") { request, context in
            let body = try await request.json()
            try DocumentedTypes.check(body, as: "RolesBody")
            let id = context.pathParameter("id")
            let roles = try Fields(body).strings("roles", itemsMax: ControlPlane.rolesInAllMax)
            try await control.setRoles(roles, ofUser: id, by: try context.author())
            guard let user = control.consoleUser(id) else {
                throw APIError(.resourceUnknown, "no user has this id")
            }
            return Response(json: .object(shown(user)))
        }
        own.delete("users/:id") { _, context in
            try await control.removeUser(context.pathParameter("id"), by: try context.author())
            return Response(status: .noContent)
        }
    }

    private func invite(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "UserDraft")
        let fields = try Fields(body)
        guard let email = EmailAddress(try fields.requiredString("email")) else {
            throw APIError(.fieldInvalid, "/email is no e-mail address; write it such as ana@shop.example")
        }
        let user = try await control.inviteUser(
            email,
            roles: try fields.strings("roles", itemsMax: ControlPlane.rolesInAllMax),
            cost: dependencies.passwordCost,
            by: try context.author()
        )
        var object = shown(user)
        object["invitation"] = .string(dependencies.invitation(of: email))
        var response = Response(json: .object(object), status: .created)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func shown(_ user: ConsoleUser) -> JSONObject {
        var object: JSONObject = [
            "id": .string(user.id), "email": .string(user.email),
            "roles": .array(user.ownRoles.map { .string($0) }),
            "groups": .array(control.snapshot.groups(of: user).map { .string($0.id) }),
        ]
        object["identity"] = user.identity?.json
        return object
    }
}

extension ServerDependencies {
    /// The link by which somebody who was invited sets a password and signs in.
    func invitation(of email: EmailAddress) -> String {
        SignInLink.url(SignInLink.invitation(email, keys: keys, now: time.now()), at: endpoint.value)
    }
}
