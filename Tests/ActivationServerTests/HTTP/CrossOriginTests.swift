import Testing

@testable import ActivationServer

struct CrossOriginTests {
    @Test func `only what is listed is allowed`() throws {
        let everybody = try CrossOriginPolicy(origins: ["*"])
        let policy = try CrossOriginPolicy(origins: ["https://Shop.example", "http://localhost:3000"])

        #expect(policy.answer(to: "https://shop.example") == "https://shop.example")
        #expect(policy.answer(to: "http://localhost:3000") == "http://localhost:3000")
        #expect(policy.answer(to: "http://shop.example") == nil)
        #expect(policy.answer(to: "https://shop.example.evil.example") == nil)
        #expect(policy.answer(to: "null") == nil)
        #expect(CrossOriginPolicy().answer(to: "https://shop.example") == nil)
        #expect(everybody.answer(to: "null") == "*")
    }

    /// The second of each pair is what browsers send for a page at the first.
    @Test(arguments: [
        ("HTTPS://SHOP.Example", "https://shop.example"), ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"), ("http://shop.example:443", "http://shop.example:443"),
        ("https://shop.example:0443", "https://shop.example"), ("https://shop.example:", "https://shop.example"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"), ("http://[0:0:0:0:0:0:0:1]:80", "http://[::1]"),
        ("https://[2001:DB8::A]:8443", "https://[2001:db8::a]:8443"),
        ("https://my_shop.example", "https://my_shop.example"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
    ])
    func `what is only another spelling allows what browsers send`(given: String, sent: String) throws {
        let policy = try CrossOriginPolicy(origins: [given])

        #expect(policy.answer(to: sent) == sent)
    }

    @Test(arguments: [
        "", "shop.example", "https://", "https:/shop.example", "ftp://shop.example", "null", "https://a b",
        "https://a,b",
        "https://shop.example:x", "https://shop.example:65536", "http://127.1", "http://127.0.0.01", "http://[::1",
        "http://[::g]", "https://shop%2eexample",
    ])
    func `what no browser would send is refused`(origin: String) {
        let error = #expect(throws: ServerStartError.self) { try CrossOriginPolicy(origins: [origin]) }

        #expect(error?.description.contains("is not an origin") == true)
        #expect(error?.description.contains("such as https://shop.example") == true)
    }

    @Test(arguments: [
        ("https://shop.example/", "write https://shop.example"),
        ("https://Shop.example:443/cart?a#b", "write https://shop.example"),
        ("https://shop.example?a", "write https://shop.example"),
        ("https://shop.example#", "write https://shop.example"),
        ("https://me:secret@shop.example", "write https://shop.example"),
        ("https://*.shop.example", "a star stands alone"), ("https://*", "a star stands alone"),
        ("https://münchen.example", "xn--"),
    ])
    func `what is close to an origin is refused with the right spelling`(origin: String, cure: String) {
        let error = #expect(throws: ServerStartError.self) { try CrossOriginPolicy(origins: [origin]) }

        #expect(error?.description.contains(cure) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("secret") == false)
    }
}
