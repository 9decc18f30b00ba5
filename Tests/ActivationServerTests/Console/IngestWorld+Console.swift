import ActivationCore

@testable import ActivationServer

extension IngestWorld {
    /// A browser in which the first user is signed in.
    func signedIn() async throws -> Browser {
        if !dependencies.control.hasConsoleUsers, let email = EmailAddress(FlowWorld.email) {
            let hash = try PasswordHash(of: FlowWorld.password, cost: .least)
            _ = try await dependencies.control.makeFirstConsoleUser(email, hash)
        }
        let browser = Browser(client)
        try await browser.open("/console/sign-in")
        try await browser.submit(
            "/console/sign-in",
            [("email", FlowWorld.email), ("password", FlowWorld.password)]
        )
        return browser
    }
}
