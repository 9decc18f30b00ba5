import Testing

@testable import ActivationServer

struct PublicURLTests {
    @Test(arguments: [
        ("https://cdp.example", "https://cdp.example"), ("https://CDP.example:443/", "https://cdp.example"),
        ("http://cdp.example:8080/headwater/", "http://cdp.example:8080/headwater"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ])
    func `an absolute URL has no slash at its end`(given: String, url: String) throws {
        #expect(try PublicURL(given).description == url)
    }

    @Test(arguments: [
        "", "foo", "cdp.example", "cdp.example:443", "/cdp", "ftp://cdp.example", "https://", "https://a b",
        "https://cdp.example:x", "https://*.example",
    ])
    func `what is no absolute URL is refused with what it has to be`(given: String) {
        let error = #expect(throws: ServerStartError.self) { try PublicURL(given) }

        #expect(error?.description.contains("not an absolute http or https URL") == true)
    }

    @Test(arguments: [
        "https://me:secret@cdp.example", "https://cdp.example/?a=b", "https://cdp.example/#top",
        "https://cdp.example/a b",
    ])
    func `what cannot stand before a path is refused with the right spelling`(given: String) {
        let error = #expect(throws: ServerStartError.self) { try PublicURL(given) }

        #expect(error?.description.contains("write it such as https://cdp.example") == true)
        #expect(error?.description.contains("secret") == false)
    }
}
