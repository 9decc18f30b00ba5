import ActivationCore

@testable import ActivationServer

extension FlowWorld {
    static let email = "ana@shop.example"
    static let password = "correct horse battery"

    /// A world whose console answers to the name that tests use.
    static func runConsole(_ body: @Sendable (FlowWorld) async throws -> Void) async throws {
        try await run(endpoint: "http://localhost", body)
    }

    /// A browser in which the first user is signed in.
    func signedIn() async throws -> Browser {
        let browser = Browser(client)
        if !dependencies.control.hasConsoleUsers { try await makeUser() }
        try await browser.open("/console/sign-in")
        try await browser.submit("/console/sign-in", credentials(FlowWorld.password))
        return browser
    }

    /// The first user, without a way through the pages.
    func makeUser() async throws {
        guard let email = EmailAddress(FlowWorld.email) else { return }
        let hash = try PasswordHash(of: FlowWorld.password, cost: .least)
        _ = try await dependencies.control.makeFirstConsoleUser(email, hash)
    }

    func credentials(_ password: String) -> [(name: String, value: String)] {
        [("email", FlowWorld.email), ("password", password)]
    }
}
