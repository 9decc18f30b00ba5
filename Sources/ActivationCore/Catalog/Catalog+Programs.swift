extension Catalog {
    static func programs(
        of audiences: [AudienceDefinition],
        in definition: CatalogDefinition,
        paths: inout PathDictionary,
        reusing earlier: Catalog?
    ) throws(CatalogError) -> [PQLProgram] {
        let known = definition.audiences.filter { $0.withheldFrom == nil }
        let ids = Dictionary(known.map { (ByteKey($0.id.uuid.description), $0.id) }) { first, _ in first }
        let names = Dictionary(known.map { (ByteKey($0.name), $0.id) }) { first, _ in first }
        var programs: [PQLProgram] = []
        for audience in audiences {
            if let known = earlier?.program(of: audience, zone: definition.timeZone) {
                programs.append(known)
                continue
            }
            let expression: PQLExpression
            switch audience.rule {
            case .expression(let own): expression = own
            case .external(let external):
                programs.append(PQLProgram(external: external))
                continue
            }
            do throws(PQLError) {
                programs.append(
                    try PQLProgram(
                        compiling: expression,
                        paths: &paths,
                        zone: definition.timeZone
                    ) { text in
                        ids[ByteKey(text.asciiLowercased)] ?? names[ByteKey(text)]
                    }
                )
            } catch {
                throw CatalogError(of: audience, ", line \(error.line), column \(error.column): \(error.message)")
            }
        }
        return programs
    }

    /// The program of an audience as it would be compiled now; nil when that may be another than the one there is.
    ///
    /// What a rule that asks for other audiences means depends on their names too.
    private func program(of audience: AudienceDefinition, zone: TimeZoneRules) -> PQLProgram? {
        guard let index = audienceIndex[audience.id] else { return nil }
        let known = audiences[index]
        guard known.program.audiences.isEmpty, known.program.code.calendar.zone == zone,
            let old = known.definition.rule.expression, let new = audience.rule.expression,
            old.text.hasSameBytes(as: new.text), old == new
        else { return nil }
        return known.program
    }
}
