import ActivationCore
import Testing

/// What missing values mean, one rule per row; `level` is missing, `loyalty.note` an explicit null.
struct PQLNullRuleTests {
    @Test(arguments: [
        ("level = 1", "false"), ("level != 1", "false"), ("level < 1", "false"), ("level <= 1", "false"),
        ("level > 1", "false"), ("level >= 1", "false"), ("1 != level", "false"), ("level = level", "false"),
        ("loyalty.note = loyalty.note", "false"), ("loyalty.note != city", "false"),
        ("level in [1]", "false"), ("level notIn [1]", "false"), ("1 in level", "false"), ("1 notIn level", "false"),
        ("level.equals(1)", "false"), ("level.notEqualTo(1)", "false"), ("level.startsWith(\"\")", "false"),
        ("level.doesNotStartWith(\"x\")", "false"), ("level.doesNotEndWith(\"x\")", "false"),
        ("level.doesNotContain(\"x\")", "false"), ("city.doesNotContain(level)", "false"),
        ("city.notEqualTo(level)", "false"), ("city.equals(\"Ghent\", level)", "false"),
        ("level like \"%\"", "false"), ("city like level", "false"), ("level.matches(\"\")", "false"),
        ("city.matches(level)", "false"),
        ("level.intersects([1])", "false"), ("[1].intersects(level)", "false"), ("level.subsetOf([1])", "false"),
        ("[].subsetOf(level)", "false"), ("level.supersetOf([])", "false"), ("tags.includes(level)", "false"),
        ("level.includes(1)", "false"),
        ("level.head()", "null"), ("level.distinct()", "null"), ("level.map(x)", "null"), ("level.filter(x)", "null"),
        ("level.get(\"x\")", "null"), ("level.keys()", "null"), ("level.values()", "null"),
        ("level.intersection([1])", "null"), ("[1].intersection(level)", "null"), ("level.getMonth()", "null"),
        ("level.groupBy(x)", "null"), ("level.topN(x, 1)", "null"), ("level.regexGroup(\"(a)\")", "null"),
        ("level.count()", "0"), ("level.sum()", "0"), ("[].count()", "0"), ("[].sum()", "0"), ("level.sum(x)", "0"),
        ("level.average()", "null"), ("level.min()", "null"), ("[].max()", "null"), ("[].average(x)", "null"),
        ("exists X from level", "false"), ("forall X from level : X = 1", "true"), ("forall X from [] : X = 1", "true"),
        ("select X from level", "[]"), ("level.exists()", "false"), ("level.forall(x = 1)", "true"),
        ("level + 1", "null"), ("1 - level", "null"), ("-level", "null"), ("1 / 0", "null"), ("1 % 0", "null"),
        ("1.5 % 0.0", "null"), ("level * level", "null"),
        ("if(level, 1, 2)", "2"), ("not level", "true"), ("not (level = 1)", "true"), ("level and true", "false"),
        ("level or true", "true"),
        ("level.isNull()", "true"), ("level.isNotNull()", "false"), ("loyalty.note.isNull()", "true"),
        ("\"\".isNull()", "false"), ("[].isNull()", "false"), ("{}.isNull()", "false"), ("hobbies.isNull()", "false"),
        ("city.deeper.isNull()", "true"), ("nowhere.deep.isNull()", "true"), ("loyalty.isNull()", "false"),
        ("level occurs before date(2026, 1, 1)", "false"), ("level occurs != 1 day before now", "false"),
        ("renewal occurs on level", "false"),
    ])
    func `a missing value has one meaning in each place`(row: (text: String, result: String)) throws {
        #expect(try PQLFixture.value(row.text) == row.result)
    }

    @Test(arguments: [
        ("\"a\"", true), ("0", true), ("false", false), ("null", false), ("[]", false), ("[null]", true), ("{}", false),
        ("{\"k\": null}", true), ("hobbies", false), ("tags", true), ("loyalty", true), ("nowhere", false),
        ("loyalty.points", true), ("xEvent", true), ("xEvent[kind = \"nothing\"]", false),
    ])
    func `a definition qualifies when its value is there and not empty`(row: (text: String, result: Bool)) throws {
        #expect(try PQLFixture.qualifies(row.text) == row.result)
    }
}
