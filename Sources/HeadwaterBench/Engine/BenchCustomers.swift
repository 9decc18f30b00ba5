import ActivationCore
import Kinesis

/// The customers of the engine's measurement: profiles of about a kilobyte, updates of five attributes.
struct BenchCustomers {
    /// The namespaces they use.
    let namespaces = NamespaceDirectory(
        custom: [IdentityNamespace(symbol: "BENCH", name: "Bench customer", type: .crossDevice, isCustom: true)]
    )

    private static let countries = ["DE", "FR", "GB", "US", "JP", "BR", "IN", "ZA", "SE", "PL"]
    private static let devices = ["mobile", "desktop", "tablet", "television"]
    private static let categories = ["books", "music", "garden", "toys", "shoes", "tools", "food", "games"]
    private static let filler = "the-quick-brown-fox-jumps-over-the-lazy-dog-and-goes-on-with-its-way-through-the-wood"

    /// The whole profile of a customer.
    func profile(_ number: Int) throws -> Message {
        var random = SplitMix64(seed: UInt64(number))
        let country = BenchCustomers.countries[random.below(10)]
        // One digit of the number is the tier, so that exactly six in ten customers are exported.
        let text = """
            {"identityMap":{"BENCH":[{"id":"customer-\(number)"}]},\
            "person":{"name":{"firstName":"First\(number % 977)","lastName":"Last\(number % 8_831)"},\
            "birthYear":\(1940 + random.below(70)),"gender":"not_specified"},\
            "personalEmail":{"address":"customer.\(number)@example.com","status":"active"},\
            "homeAddress":{"street1":"\(random.below(400)) Example Street","city":"City \(random.below(900))",\
            "postalCode":"\(10_000 + random.below(80_000))","countryCode":"\(country)","state":"State \(random.below(50))"},\
            "loyalty":{"tier":\(number % 10),"points":\(random.below(50_000)),"joinDate":"2019-04-01","program":"standard"},\
            "preferences":{"language":"en","newsletter":\(random.below(2) == 0),"channel":"email","timezone":"Europe/Berlin"},\
            "commerce":{"lastOrder":{"total":\(random.below(300)),"currency":"EUR","items":\(random.below(9)),\
            "category":"\(BenchCustomers.categories[random.below(8)])"},"lifetimeValue":\(random.below(9_000))},\
            "web":{"lastPage":"/shop/\(BenchCustomers.filler)","device":"\(BenchCustomers.devices[random.below(4)])",\
            "browser":"browser-\(random.below(20))","visits":\(random.below(100))},\
            "notes":{"first":"\(BenchCustomers.filler)","second":"\(BenchCustomers.filler)"}}
            """
        return try message(text)
    }

    /// A change of five attributes of a customer, about 300 bytes.
    func update(_ number: Int, _ random: inout SplitMix64) throws -> Message {
        let text = """
            {"identityMap":{"BENCH":[{"id":"customer-\(number)"}]},\
            "web":{"lastPage":"/shop/\(random.below(100_000))/\(BenchCustomers.filler)",\
            "device":"\(BenchCustomers.devices[random.below(4)])","visits":\(random.below(100))},\
            "commerce":{"lastOrder":{"total":\(random.below(300)),\
            "category":"\(BenchCustomers.categories[random.below(8)])"}}}
            """
        return try message(text)
    }

    private func message(_ text: String) throws -> Message {
        try Message(record: try JSONDocument(parsing: text), dataset: "bench", namespaces: namespaces)
    }
}
