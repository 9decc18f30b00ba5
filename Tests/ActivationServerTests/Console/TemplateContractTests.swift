import Testing

@testable import ActivationServer
@testable import Console

@Suite struct TemplateContractTests {
    private static let parts = Dictionary(SharedPart.all.map { ($0.name, $0.text) }) { first, _ in first }

    @Test func `every kind of page has a template, and a sample with which all of it is seen`() throws {
        let samples = try PageSamples.all()
        let kinds = Set(ConsoleViews.all.map { $0.templateName })

        #expect(Set(samples.map { type(of: $0).templateName }) == kinds)
        var contract = TemplateContract(parts: TemplateContractTests.parts)
        for page in samples { contract.check(page, in: PageSamples.frame) }
        let root = TemplateContract.Root(frame: PageSamples.frame, page: samples[0])
        contract.check(frame: FrameTemplate.text, root)
        #expect(contract.faults == [])
        #expect(contract.skipped.subtracting(contract.entered).sorted() == [], "sections that no sample shows")
    }

    @Test func `every page is drawn, with headings and without inline style or script`() throws {
        let templates = try ConsoleViews.templates.get()
        for page in try PageSamples.all() {
            let html = try templates.render(page, in: PageSamples.frame)

            #expect(html.ranges(of: "<h1").count == 1, "\(type(of: page))")
            #expect(html.ranges(of: "<script").count == 1, "\(type(of: page))")
            #expect(!html.contains("style=") && !html.contains("<style"), "\(type(of: page))")
            #expect(html.utf8.count < 32_768, "\(type(of: page))")
            let ids = html.ranges(of: " id=\"").map { html[$0.upperBound...].prefix { $0 != "\"" } }
            #expect(Set(ids).count == ids.count, "\(type(of: page)): \(ids)")
        }
    }

    @Test(arguments: ["{{nothing}}", "{{{title}}}", "{{&title}}", "{{#title}}", "<a href={{title}}>", "{{> nobody}}"])
    func `a template that is wrong is found out`(text: String) throws {
        var contract = TemplateContract(parts: [:])

        contract.check(frame: text, TemplateContract.Root(frame: PageSamples.frame, page: try PageSamples.all()[0]))

        #expect(!contract.faults.isEmpty)
    }
}
