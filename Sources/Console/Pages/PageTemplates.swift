import Mustache

/// A template that cannot be used, or a page without one: a fault of the program, found when it starts.
public struct PageTemplateError: Error, Sendable, CustomStringConvertible {
    /// Which template, and what is wrong.
    public let description: String
}

/// All templates, parsed once.
public struct PageTemplates: Sendable {
    private let library: MustacheLibrary

    /// What a page's template and its frame see.
    private struct View {
        var frame: PageFrame
        var page: any ConsolePage
    }

    /// Parses the frame, the parts that pages share, and the templates of these pages.
    ///
    /// - Parameter pages: Every kind of page there is.
    /// - Throws: ``PageTemplateError`` naming the first template that is wrong.
    public init(_ pages: [any ConsolePage.Type]) throws(PageTemplateError) {
        var library = MustacheLibrary()
        try PageTemplates.register(FrameTemplate.text, as: "frame", in: &library)
        for part in SharedPart.all { try PageTemplates.register(part.text, as: part.name, in: &library) }
        for page in pages {
            try PageTemplates.register(PageTemplates.framed(page.template), as: page.templateName, in: &library)
        }
        self.library = library
    }

    /// Draws a page.
    ///
    /// - Parameters:
    ///   - page: The page.
    ///   - frame: What stands around it.
    /// - Returns: A whole HTML document.
    /// - Throws: ``PageTemplateError`` for a page of a kind that was not given at the start.
    public func render(_ page: some ConsolePage, in frame: PageFrame) throws(PageTemplateError) -> String {
        let name = type(of: page).templateName
        guard let html = library.render(View(frame: frame, page: page), withTemplate: name) else {
            throw PageTemplateError(description: "\(name) has no template; add it to the list of pages")
        }
        return html
    }

    /// A page's text as the frame's body, with the page as what its names mean.
    private static func framed(_ text: String) -> String {
        "{{<frame}}{{$body}}{{#page}}\(text){{/page}}{{/body}}{{/frame}}"
    }

    private static func register(
        _ text: String,
        as name: String,
        in library: inout MustacheLibrary
    ) throws(PageTemplateError) {
        do {
            try library.register(text, named: name)
        } catch {
            throw PageTemplateError(description: "the template \(name) cannot be read: \(error)")
        }
    }
}
