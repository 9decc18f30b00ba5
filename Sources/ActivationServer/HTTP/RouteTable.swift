import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods every path has; filled in once the routes are there.
final class RouteTable: Sendable {
    private let routes = Mutex<[(path: RouterPath, method: HTTPRequest.Method)]>([])

    /// Takes over the routes of a router.
    func fill(from router: Router<ServerContext>) {
        let added = router.routes.map { (path: $0.path, method: $0.method) }
        routes.withLock { $0 = added }
    }

    /// The methods that a path has, with those that come of themselves; none for an unknown path.
    ///
    /// A path that names what stands where another one has a parameter is the one that counts, as in the router.
    func methods(at path: String) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/")
        let matching = routes.withLock { routes in
            routes.filter { route in
                route.path.count == segments.count && zip(route.path, segments).allSatisfy { $0 ~= $1 }
            }
        }
        let parameters = { (path: RouterPath) in zip(path, segments).map { $0 == $1 ? 0 : 1 } }
        let nearest = matching.min { parameters($0.path).lexicographicallyPrecedes(parameters($1.path)) }
        return completed(matching.filter { $0.path == nearest?.path }.map(\.method))
    }

    /// All methods that any path has.
    var methods: [HTTPRequest.Method] {
        completed(routes.withLock { $0.map(\.method) })
    }

    private func completed(_ methods: [HTTPRequest.Method]) -> [HTTPRequest.Method] {
        guard !methods.isEmpty else { return [] }
        let all = Set(methods + (methods.contains(.get) ? [.head] : []) + [.options])
        return all.sorted { $0.rawValue < $1.rawValue }
    }
}
