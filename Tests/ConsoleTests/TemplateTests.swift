import Testing

@testable import Console

/// A page for the tests of the frame.
private struct WordPage: ConsolePage {
    let title = "Word"
    let word: String

    static let template = #"<h1>{{word}}</h1><p title="{{word}}"></p>"#
}

private struct BrokenPage: ConsolePage {
    let title = "Broken"

    static let template = "{{#open}}"
}

@Suite struct TemplateTests {
    private static func frame(_ title: String = "Word", viewer: PageFrame.Viewer? = nil) -> PageFrame {
        PageFrame(title: title, viewer: viewer, version: "1", zone: "UTC", requestID: "r")
    }

    @Test func `what people typed never becomes markup`() throws {
        let templates = try PageTemplates([WordPage.self])
        let evil = #"</h1><script>alert("x")</script>' & "#

        let html = try templates.render(
            WordPage(word: evil),
            in: TemplateTests.frame(evil, viewer: PageFrame.Viewer(email: evil, token: evil))
        )

        #expect(!html.contains("<script>"))
        #expect(html.components(of: "&lt;script&gt;") >= 3)
        #expect(!html.contains(#"title="</h1>"#))
    }

    @Test func `a template that cannot be read is refused by name`() {
        #expect {
            try PageTemplates([BrokenPage.self])
        } throws: { error in
            "\(error)".contains("BrokenPage")
        }
    }

    @Test func `a page that was not given is no page`() throws {
        let templates = try PageTemplates([])

        #expect(throws: PageTemplateError.self) { try templates.render(WordPage(word: ""), in: TemplateTests.frame()) }
    }

    @Test func `who is not signed in sees no navigation`() throws {
        let templates = try PageTemplates([WordPage.self])

        let html = try templates.render(WordPage(word: "hello"), in: TemplateTests.frame())

        #expect(html.contains("<h1>hello</h1>"))
        #expect(!html.contains(#"class="side""#))
        #expect(!html.contains("sign-out"))
    }
}

extension String {
    /// How often a text stands in this one.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
