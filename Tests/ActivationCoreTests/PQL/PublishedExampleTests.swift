import ActivationCore
import Testing

struct PublishedExampleTests {
    @Test(arguments: PublishedExamples.usable)
    func `a published form compiles and comes back from its plain spelling`(example: PublishedExamples.Example) throws {
        let expression = try PQLExpression(parsing: example.text)
        var paths = PathDictionary()

        _ = try PQLProgram(compiling: expression, paths: &paths, audience: PQLFixture.audience)

        #expect(try PQLExpression(parsing: expression.description) == expression)
    }

    @Test(arguments: PublishedExamples.ofOfferDecisions)
    func `what reads an offer decision's context is refused with that reason`(example: PublishedExamples.Example) {
        let error = PQLFixture.error(example.text)

        #expect(error?.code == .wrongScope)
        #expect(error?.message.contains("context of an offer decision") == true)
    }
}
