import Hummingbird

/// All routes of the HTTP API.
///
/// Three groups differ in who may enter: `open` has no checks of its own, `adobe` (everything under `/data`) has the
/// gateway checks of BEHAVIOUR 1.9, `own` (everything under `/v1`) needs only the access token. The console under
/// `/console` is for people and checks by itself.
func buildRouter(_ dependencies: ServerDependencies) -> Router<ServerContext> {
    let open = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    let table = RouteTable()
    open.add(middleware: CrossOriginMiddleware(policy: dependencies.crossOrigin))
    open.add(middleware: TraceMiddleware())
    open.add(middleware: ErrorMiddleware())
    open.add(middleware: MethodMiddleware(table: table))
    let gateway = Gateway(control: dependencies.control, time: dependencies.time, keys: dependencies.keys)
    let adobe = open.group("data").add(middleware: AdobeGatewayMiddleware(gateway: gateway))
    let own = open.group("v1").add(middleware: BearerMiddleware(gateway: gateway))

    TokenRoutes(dependencies: dependencies).add(to: open)
    FlowServiceRoutes(dependencies: dependencies).add(to: adobe)
    DataflowRoutes(dependencies: dependencies).add(to: own)
    DataflowBooksRoutes(dependencies: dependencies).add(to: own)
    SeriesRoutes(dependencies: dependencies).add(to: own)
    BackfillRoutes(dependencies: dependencies).add(to: own)
    ChangeRoutes(dependencies: dependencies).add(to: own)
    RehearsalRoutes(dependencies: dependencies).add(to: own)
    DataflowMessageRoutes(dependencies: dependencies).add(to: own)
    DeadLetterRoutes(dependencies: dependencies).add(to: own)
    AlertRoutes(dependencies: dependencies).add(to: own)
    OperationRoutes(dependencies: dependencies).add(to: open)
    CollectionRoutes(dependencies: dependencies).add(to: open)
    LineRoutes(dependencies: dependencies).add(to: own)
    SegmentDefinitionRoutes(dependencies: dependencies).add(to: adobe)
    AudienceRoutes(dependencies: dependencies).add(to: adobe)
    AudienceBulkRoute(dependencies: dependencies).add(to: own)
    AudienceMembersRoute(dependencies: dependencies).add(to: own)
    UploadRoutes(dependencies: dependencies).add(to: own)
    SegmentConversionRoute(dependencies: dependencies).add(to: adobe)
    SegmentJobRoutes(dependencies: dependencies).add(to: adobe)
    ScheduleRoutes(dependencies: dependencies).add(to: adobe)
    PreviewRoutes(dependencies: dependencies).add(to: adobe)
    MergePolicyRoutes(dependencies: dependencies).add(to: adobe)
    EntityRoutes(dependencies: dependencies).add(to: adobe)
    EntityDeletionRoute(dependencies: dependencies).add(to: adobe)
    ErasureRoutes(dependencies: dependencies).add(to: own)
    PathRoutes(dependencies: dependencies).add(to: own)
    RuleCheckRoute(dependencies: dependencies).add(to: own)
    ExplainRoute(dependencies: dependencies).add(to: own)
    SuppressionRoutes(dependencies: dependencies).add(to: own)
    IdentityRoutes(dependencies: dependencies).add(to: own)
    NamespaceRoutes(dependencies: dependencies).add(to: adobe)
    DatasetRoutes(dependencies: dependencies).add(to: adobe)
    ConsoleRoutes(dependencies: dependencies).add(to: open)
    table.fill(from: open)
    return open
}
