import Glibc

/// The identities of a person as a picture: on a circle, a line for each pair that one message named together; the same
/// stands in a table beside it.
public struct IdentityGraph: Sendable, Equatable {
    struct Node: Sendable, Equatable {
        let x: Int
        let y: Int
        let nameY: Int
        let number: String
        /// The namespace; nil where there are too many for words.
        let name: String?
        let isAsked: Bool
    }

    struct Edge: Sendable, Equatable {
        let x1: Int
        let y1: Int
        let x2: Int
        let y2: Int
    }

    let height: Int
    let nodes: [Node]
    let edges: [Edge]
    let summary: String

    /// Identities of a picture; of more nothing would be seen.
    private static let nodesMax = 50
    private static let namesMax = 16

    /// Draws the identities; nil when there are too many, or nothing to connect.
    ///
    /// - Parameters:
    ///   - namespaces: Each identity's namespace, in the order of the table.
    ///   - links: Pairs of places in that list.
    ///   - asked: The identity by which the person was looked up.
    public init?(namespaces: [String], links: [(first: Int, second: Int)], asked: Int?) {
        let count = namespaces.count
        guard 2...IdentityGraph.nodesMax ~= count else { return nil }
        let (middle, radius) = count == 2 ? (35, 0.0) : (150, 105.0)
        height = count == 2 ? 85 : 310
        let places = (0..<count).map { index in
            // Two stand side by side, more begin at the top.
            let angle = 2 * Double.pi * Double(index) / Double(count) - (count == 2 ? Double.pi : Double.pi / 2)
            return (x: Int((260 + 200 * cos(angle)).rounded()), y: middle + Int((radius * sin(angle)).rounded()))
        }
        nodes = places.enumerated().map { index, place in
            Node(
                x: place.x,
                y: place.y,
                nameY: place.y < middle ? place.y - 26 : place.y + 34,
                number: String(index + 1),
                name: count <= IdentityGraph.namesMax ? namespaces[index] : nil,
                isAsked: index == asked
            )
        }
        let known = links.filter { (0..<count).contains($0.first) && (0..<count).contains($0.second) }
        edges = known.map { link in
            let (one, other) = (places[link.first], places[link.second])
            return Edge(x1: one.x, y1: one.y, x2: other.x, y2: other.y)
        }
        summary = "\(count) identities, \(Figure.count(known.count, "link"))"
    }
}
