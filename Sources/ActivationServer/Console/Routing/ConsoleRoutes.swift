import ActivationCore
import Console
import HTTPTypes
import Hummingbird

/// The web console under `/console`.
struct ConsoleRoutes: Sendable {
    private let desk: ConsoleDesk
    /// What the pages have named.
    let register: ConsoleRegister

    init(dependencies: ServerDependencies) {
        desk = ConsoleDesk(dependencies)
        var register = ConsoleRegister()
        HomePages(desk: desk).add(to: &register)
        DestinationPages(desk: desk).add(to: &register)
        ConnectPages(desk: desk).add(to: &register)
        DataflowPages(desk: desk).add(to: &register)
        MappingPages(desk: desk).add(to: &register)
        BackfillPages(desk: desk).add(to: &register)
        MessagePages(desk: desk).add(to: &register)
        RunPages(desk: desk).add(to: &register)
        TrialPages(desk: desk).add(to: &register)
        SettingsPages(desk: desk).add(to: &register)
        ParkedPages(desk: desk).add(to: &register)
        TailPages(desk: desk).add(to: &register)
        MonitoringPages(desk: desk).add(to: &register)
        AccountPages(desk: desk).add(to: &register)
        AudiencePages(desk: desk).add(to: &register)
        UploadPages(desk: desk).add(to: &register)
        HistoryPages(desk: desk).add(to: &register)
        ProfilePages(desk: desk).add(to: &register)
        ErasurePages(desk: desk).add(to: &register)
        PrivacyPages(desk: desk).add(to: &register)
        MergePolicyPages(desk: desk).add(to: &register)
        NamespacePages(desk: desk).add(to: &register)
        DatasetPages(desk: desk).add(to: &register)
        AlertPages(desk: desk).add(to: &register)
        UserPages(desk: desk).add(to: &register)
        GroupPages(desk: desk).add(to: &register)
        RolePages(desk: desk).add(to: &register)
        CredentialPages(desk: desk).add(to: &register)
        CredentialTokenPages(desk: desk).add(to: &register)
        SandboxPages(desk: desk).add(to: &register)
        AuditPages(desk: desk).add(to: &register)
        PolicyPages(desk: desk).add(to: &register)
        LabelPages(desk: desk).add(to: &register)
        MarketingActionPages(desk: desk).add(to: &register)
        AboutPages(desk: desk).add(to: &register)
        SignOnPages(desk: desk).add(to: &register)
        SearchPages(desk: desk).add(to: &register)
        MePages(desk: desk).add(to: &register)
        let nowhere: ConsoleRegister.Handler = { _ in
            throw APIError(.consolePage, "there is no page at this address; the navigation leads to those there are")
        }
        register.form(ConsoleAccess.anywhere, show: nowhere, submit: nowhere)
        // Last: what was typed before a session ended goes back into any of the forms.
        SignInPages(desk: desk, forms: register).add(to: &register)
        self.register = register
    }

    func add(to open: some RouterMethods<ServerContext>) {
        let console = open.group("console")
        ConsoleAssetRoute().add(to: console)
        let exchange = ConsoleExchange(desk: desk)
        for route in register.routes {
            console.on(RouterPath(route.path), method: route.method) { request, context in
                await exchange.answer(request, context, by: route)
            }
        }
    }
}
