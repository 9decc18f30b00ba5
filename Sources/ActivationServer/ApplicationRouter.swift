import Hummingbird

/// All routes of the HTTP API.
///
/// Three groups differ in who may enter: `open` has no checks of its own, `adobe` (everything under `/data`) has the
/// gateway checks of SPEC 1.9, `own` (everything under `/v1`) needs only the access token.
func buildRouter(_ dependencies: ServerDependencies) -> Router<ServerContext> {
    let open = Router(context: ServerContext.self)
    open.add(middleware: ErrorMiddleware())
    let gateway = Gateway(control: dependencies.control, time: dependencies.time, keys: dependencies.keys)
    let adobe = open.group("data").add(middleware: AdobeGatewayMiddleware(gateway: gateway))
    let own = open.group("v1").add(middleware: BearerMiddleware(gateway: gateway))

    TokenRoutes(dependencies: dependencies).add(to: open)
    return open
}
