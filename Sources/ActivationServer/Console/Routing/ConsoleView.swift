import Console

/// A page of this server: what it shows, and where it stands.
///
/// How to add one: docs/CONSOLE.md.
protocol ConsoleView: ConsolePage {
    /// The way to it.
    var crumbs: [PageFrame.Crumb] { get }
}

extension ConsoleView {
    var crumbs: [PageFrame.Crumb] { [] }
}

/// All kinds of pages.
enum ConsoleViews {
    static let all: [any ConsoleView.Type] = [
        AboutPage.self, AccountPage.self, AccountsPage.self, AlertsPage.self, AudienceEditorPage.self,
        AudiencePage.self, AudiencesPage.self, BackfillsPage.self, CatalogPage.self, ConfirmPage.self,
        ConnectPage.self, DataflowPage.self, DataflowsPage.self, DryRunPage.self, ErasurePage.self, ErrorPage.self,
        FormPage.self, AuditPage.self, HistoryPage.self, HomePage.self, LookupPage.self, MappingPage.self,
        MePage.self, MessagesPage.self, MonitoringPage.self, ParkedPage.self, PersonPage.self,
        PersonAttributesPage.self, PersonDecisionsPage.self, PersonEventsPage.self, PersonSentPage.self,
        PersonWhyPage.self, ReviewPage.self, SchemaVersionsPage.self, SearchPage.self, SecretPage.self,
        SignInPage.self, TablePage.self, TailPage.self, TestRecordsPage.self, UploadColumnsPage.self,
        UploadDetailsPage.self, UploadFilePage.self, UploadProgressPage.self,
    ]

    /// Their templates, parsed at the first use; a server with one that is wrong does not start.
    static let templates = Result { () throws(PageTemplateError) in try PageTemplates(all) }
}
