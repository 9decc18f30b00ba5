/// An audience of the demo.
struct DemoAudience {
    /// Its name.
    var name: String
    /// Its rule.
    var expression: String
    /// Its id, once it is made.
    var id = ""

    /// What the demo wants to know of its customers.
    static let all = [
        DemoAudience(name: "spent over $100", expression: "xEvent.sum(commerce.order.priceTotal) > 100"),
        DemoAudience(name: "bought 5 times or more", expression: "xEvent.count() >= 5"),
        DemoAudience(name: "bought once", expression: "xEvent.count() = 1"),
    ]
}
