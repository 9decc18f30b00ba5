import Testing

@testable import ActivationServer

struct RequestTargetTests {
    @Test(
        arguments: [
            ("/", "/", nil), ("/a?b=c", "/a?b=c", nil), ("*", "*", nil),
            ("//a", "/a", nil), ("/a///b//", "/a/b/", nil), ("/a//b?c=//d", "/a/b?c=//d", nil), ("//", "/", nil),
            ("/%2F/..//.", "/%2F/../.", nil), ("http://h//a//b", "/a/b", "h"),
            ("http://h/a?b", "/a?b", "h"), ("HTTPS://h:8/", "/", "h:8"), ("http://h", "/", "h"),
            ("http://h?a=/b", "/?a=/b", "h"), ("http://[::1]:80/a", "/a", "[::1]:80"),
        ] as [(String, String, String?)]
    )
    func `a target names a path, and in absolute form a host`(text: String, path: String, authority: String?) {
        let target = RequestTarget(text)

        #expect(target?.path == path)
        #expect(target?.authority == authority)
    }

    @Test(arguments: [
        "", "a", "a/b", "http:/h", "http://", "http:///a", "ftp://h/a", "h:80", ":", "**", "http://a@x/", "http://:80/",
        "http://h:x/", "http://h:99999/", "http://[::1/",
    ])
    func `what is in no form that is served is nothing`(text: String) {
        #expect(RequestTarget(text) == nil)
    }
}
