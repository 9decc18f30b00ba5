import ActivationCore
import TestSupport

/// Makes messages of all kinds about a few households at a time, whose members share devices and addresses.
///
/// Households come and go, so that persons stay small, however long the history.
struct SimulatedTraffic {
    private struct Household {
        var number: Int
        /// Messages after which it is gone.
        var life: Int
        /// A device that everybody uses: each visit brings a cookie of its own.
        var isShared: Bool
        var events = 0
        var cookies = 6
        /// Identities that were lately named together.
        var pairs: [(Identity, Identity)] = []
        /// Whether somebody of it was deleted.
        var isErased = false
    }

    var random: SeededGenerator
    /// Whether the dictionary of paths has so little room that messages with many new paths must be refused.
    var namesManyPaths = false
    /// The edition of the external audience.
    var edition: Int64 = 0
    private var households: [Household] = []
    private var nextHousehold = 0
    private var nextPath = 0
    private var nextDataset = 0
    private var nextStranger = 0
    /// Messages that follow soon.
    private var coming: [ReferenceMessage] = []

    init(random: SeededGenerator) {
        self.random = random
        for _ in 0..<24 { households.append(newHousehold()) }
    }

    private mutating func newHousehold() -> Household {
        nextHousehold += 1
        return Household(number: nextHousehold, life: random.number(20..<90), isShared: random.oneIn(12))
    }

    /// What comes next, admitted at about this instant.
    mutating func next(clock: Int64) -> SimulatedInput {
        random.oneIn(18) ? .command(command()) : .message(message(clock: clock))
    }

    private mutating func message(clock: Int64) -> ReferenceMessage {
        if !coming.isEmpty, !random.oneIn(3) { return coming.removeFirst() }
        let index = random.number(0..<households.count)
        households[index].life -= 1
        if households[index].life < 0 { households[index] = newHousehold() }
        if random.oneIn(30) { return refused(index, clock) }
        if random.oneIn(40) { return stranger(index, clock) }
        if random.oneIn(20) { return membership(index) }
        let map = identityMap(index)
        return random.oneIn(5) || random.oneIn(4)
            ? event(map, index, clock) : record(map, index, clock)
    }

    // MARK: Identities

    private func item(_ value: String, primary: Bool = false) -> String {
        #"{"id":"\#(value)"\#(primary ? #","primary":true"# : "")}"#
    }

    private func cookie(_ household: Int, _ number: Int) -> String {
        let digits = "\(household)\(String(number + 10_000).dropFirst())"
        return String(repeating: "7", count: 38 - digits.count) + digits
    }

    /// An identity of a household: symbol in some spelling, value.
    private mutating func identity(_ index: Int) -> (symbol: String, value: String) {
        let number = households[index].number
        switch random.number(0..<12) {
        case 0...3:
            // The last two look alike and are different bytes.
            let values = [
                "a\(number)@example.org", "b\(number)@example.org", "r\u{e9}\(number)@example.org",
                "re\u{301}\(number)@example.org",
            ]
            return (random.pick(["Email", "email", "Email"]), random.pick(values))
        case 4...6: return (random.pick(["Phone", "PHONE"]), "+\(number)\(random.number(0..<3))")
        case 7...8: return ("CRM", "c-\(number)-\(random.number(0..<2))")
        case 9...10: return (random.pick(["ECID", "ecid"]), cookie(number, random.number(0..<4)))
        default: return ("IDFA", "f-\(number)-\(random.number(0..<2))")
        }
    }

    private mutating func identityMap(_ index: Int) -> String {
        var all: [(symbol: String, value: String, item: String)] = []
        func append(_ identity: (symbol: String, value: String), primary: Bool = false) {
            all.append((identity.symbol, identity.value, item(identity.value, primary: primary)))
        }
        if households[index].isShared, random.oneIn(2) {
            households[index].cookies += 1
            append(("Email", "a\(households[index].number)@example.org"), primary: random.oneIn(2))
            append(("ECID", cookie(households[index].number, households[index].cookies)))
        } else if random.oneIn(150) {
            append(identity(index))
            let symbols = ["ECID", "Email", "Phone", "CRM", "IDFA", "TNTID"]
            for _ in 0..<random.number(8..<19) {
                households[index].cookies += 1
                let (number, cookie) = (households[index].number, households[index].cookies)
                let symbol = random.pick(symbols)
                append((symbol, symbol == "ECID" ? self.cookie(number, cookie) : "x\(number)-\(cookie)"))
            }
        } else {
            let count = random.oneIn(2) ? 1 : random.oneIn(3) ? 3 : 2
            let primary = random.oneIn(3) ? random.number(0..<count) : -1
            for place in 0..<count { append(identity(index), primary: place == primary) }
            if random.oneIn(120) { append(identity(random.number(0..<households.count))) }
            if random.oneIn(50) {
                append((random.pick(["Store", "Agency"]), "s\(random.number(0..<9))"), primary: primary < 0)
            }
        }
        if random.oneIn(30) {
            append(
                (
                    random.pick(["Email", "Phone", "ECID"]),
                    random.pick(["null", "NaN", "", "  ", "Anonymous", "none", "\u{200B}\u{AD}", "\u{1} NULL\u{1A}"])
                )
            )
        }
        note(all.map(\.symbol), all.map(\.value), of: index)
        var bySymbol: [(symbol: String, items: [String])] = []
        for (symbol, _, item) in all {
            if let place = bySymbol.firstIndex(where: { $0.symbol == symbol }) {
                bySymbol[place].items.append(item)
            } else {
                bySymbol.append((symbol, [item]))
            }
        }
        let members = bySymbol.map { #""\#($0.symbol)":[\#($0.items.joined(separator: ","))]"# }
        return #""identityMap":{\#(members.joined(separator: ","))}"#
    }

    private mutating func note(_ symbols: [String], _ values: [String], of index: Int) {
        let identities = zip(symbols, values).map { Self.canonical($0, $1) }
        let places = identities.indices.dropFirst().map { place in
            (identities[random.number(0..<place)], identities[place])
        }
        households[index].pairs = (households[index].pairs + places).suffix(12)
    }

    private static func canonical(_ symbol: String, _ value: String) -> Identity {
        let known = ReferenceIdentities.symbols.first { $0.lowercased() == symbol.lowercased() }
        return Identity(namespace: known ?? symbol, value: value)
    }

    // MARK: Commands

    /// Somebody takes a link, an identity or a person away; mostly one that is there.
    private mutating func command() -> ReferenceCommand {
        let index = random.number(0..<households.count)
        let (symbol, value) = identity(index)
        let one = Self.canonical(symbol, value)
        if random.oneIn(4),
            let erased = households.indices.filter({ households[$0].isErased }).randomElement(using: &random)
        {
            let (symbol, value) = identity(erased)
            return .readmission(Self.canonical(symbol, value))
        }
        switch random.number(0..<10) {
        case 0...5:
            guard !random.oneIn(8), !households[index].pairs.isEmpty else {
                let (symbol, value) = identity(index)
                return .unlink(one, Self.canonical(symbol, value))
            }
            let (left, right) = random.pick(households[index].pairs)
            return random.oneIn(2) ? .unlink(left, right) : .unlink(right, left)
        case 6...8: return .removal(one)
        default:
            households[index].isErased = true
            return .deletion(one, onReturn: random.pick([nil, .accept, .refuse, .refuse]))
        }
    }

    /// Somebody new, who soon turns out to be somebody known: by a record or by an event.
    private mutating func stranger(_ index: Int, _ clock: Int64) -> ReferenceMessage {
        nextStranger += 1
        let number = households[index].number
        let alone = #""identityMap":{"Phone":[{"id":"+0\#(nextStranger)"}]}"#
        let known = random.pick([
            #""Email":[{"id":"a\#(number)@example.org"}]"#, #""Email":[{"id":"b\#(number)@example.org"}]"#,
            #""CRM":[{"id":"c-\#(number)-0"}]"#,
        ])
        let both = #""identityMap":{"Phone":[{"id":"+0\#(nextStranger)"}],\#(known)}"#
        let first = random.oneIn(3) ? event(alone, index, clock) : record(alone, index, clock)
        coming.append(random.oneIn(3) ? event(both, index, clock) : record(both, index, clock))
        return first
    }

    // MARK: Memberships

    /// A row of an upload, or somebody's word by the API.
    private mutating func membership(_ index: Int) -> ReferenceMessage {
        ReferenceMessage(
            kind: .membership(
                isMember: !random.oneIn(5),
                edition: random.pick([nil, edition, edition - 1, edition + 1, edition + 1])
            ),
            dataset: "",
            text: "{\(identityMap(index))}"
        )
    }

    /// What a record says of the external audience, and of others.
    private mutating func pushed(_ clock: Int64) -> String {
        func instant(_ seconds: Range<Int>) -> String {
            ReferenceJSON.instant((clock / 1_000 + Int64(random.number(seconds))) * 1_000)
        }
        let (until, since) = (instant(-5..<90), instant(-40..<1))
        let value = random.pick([
            "{}", #"{"status":"realized"}"#, #"{"status":"existing","validUntil":"\#(until)"}"#,
            #"{"validUntil":"\#(until)"}"#, #"{"lastQualificationTime":"\#(since)"}"#, #"{"status":"exited"}"#,
            #"{"status":"exited","validUntil":"\#(until)"}"#, #"{"status":"member"}"#, #"{"validUntil":"soon"}"#, "7",
        ])
        let own = #""\#(random.pick(["Files", "files"]))":{"vip":\#(value)}"#
        return random.pick([own, own, own, #""ups":{"vip":{"status":"realized"}},\#(own)"#, #""Files":{"other":7}"#])
    }

    // MARK: Records

    private mutating func record(_ map: String, _ index: Int, _ clock: Int64) -> ReferenceMessage {
        var fields = [map]
        var names: Set<String> = []
        for _ in 0..<random.number(1..<4) {
            let (name, value) = attribute(clock)
            if names.insert(name).inserted { fields.append(#""\#(name)":\#(value)"#) }
        }
        var dataset = random.pick(["crm", "web", "app"])
        if random.oneIn(50) {
            nextDataset += 1
            dataset = "set \(nextDataset)"
        }
        let hasSourceTime = dataset == "crm"
        if hasSourceTime, random.oneIn(2) {
            // Round instants, so that some are equal; now and then one that has not come yet.
            let instant = (clock / 1_000 - Int64(random.number(-1..<6))) * 1_000
            fields.append(#""extSourceSystemAudit":{"lastUpdatedDate":"\#(ReferenceJSON.instant(instant))"}"#)
        }
        if random.oneIn(15) { fields.append(#""segmentMembership":{\#(pushed(clock))}"#) }
        return ReferenceMessage(
            kind: .record,
            dataset: dataset,
            text: "{\(fields.joined(separator: ","))}",
            hasSourceTime: hasSourceTime
        )
    }

    private mutating func attribute(_ clock: Int64) -> (name: String, value: String) {
        switch random.number(0..<26) {
        case 22...25:
            let until = ReferenceJSON.instant((clock / 1_000 + Int64(random.number(-5..<60))) * 1_000)
            return (
                "consent",
                random.pick([
                    #"{"val":"y"}"#, #"{"val":"y"}"#, #"{"val":"n"}"#, #"{"val":"n"}"#, #"{"val":null}"#,
                    #"{"until":"\#(until)"}"#, #"{"val":"y","until":"\#(until)"}"#, "null", "{}",
                ])
            )
        case 0...4:
            let tier = random.pick([#""gold""#, #""gold""#, #""silver""#, "null", "{}", #"{"level":3}"#, "[]"])
            let values = [
                #"{"tier":\#(tier)}"#, #"{"tier":\#(tier)}"#, #"{"tier":\#(tier),"points":\#(random.number(0..<9))}"#,
                #"{"points":\#(random.number(0..<9)).50}"#, "null", "{}", "[]", #""none""#, #"{"tier":{"level":null}}"#,
            ]
            return ("loyalty", random.pick(values))
        case 5...8:
            let number = "\(random.number(0..<7))"
            return ("visits", random.pick([number, number, number, "1e1", "null", #"{"week":\#(number)}"#, #""4""#]))
        case 9...12:
            let first = random.pick([#""Mira""#, #""Koh \"K\" \\ \/""#, "null", #""\u00e9\n""#, "{}"])
            let values = [
                #"{"name":{"firstName":\#(first)}}"#, #"{"name":{"firstName":\#(first),"lastName":"Lee"}}"#,
                #"{"name":null}"#, #"{"name":{}}"#, "{}", "null", #""Mira""#, #"{"name":["Mira"]}"#,
                "{\"caf\u{e9}\":1,\"cafe\u{301}\":true}", #"{"na\"me":false,"name":"Mira"}"#,
            ]
            return ("person", random.pick(values))
        case 13...14:
            return ("tags", random.pick([#"["vip","a"]"#, #"["a", 1.0, {"b": null}]"#, "[]", "null", "{}", "7"]))
        case 15 where random.oneIn(4):
            // About as long as a partition key may be.
            let character = random.pick(["x", "\u{e9}", "\u{1F600}", #"\""#])
            let count = random.pick([128, 129, 255, 256, 257, 300])
            return ("city", #""\#(String(repeating: character, count: count))""#)
        case 15...17: return ("city", random.pick([#""Riga""#, #""Oslo""#, "null", "{}", #"{"name":"Riga"}"#, "0"]))
        case 18...19:
            let instant = ReferenceJSON.instant((clock / 1_000 + Int64(random.number(-5..<60))) * 1_000)
            return ("renewal", random.oneIn(9) ? "null" : #""\#(instant)""#)
        default:
            if random.oneIn(3) { nextPath += 1 }
            let value = random.pick(["1", "null", "{}", #"{"deep":{"er":[]}}"#])
            return ("field \(nextPath - random.number(0..<3))", value)
        }
    }

    // MARK: Events

    private mutating func event(_ map: String, _ index: Int, _ clock: Int64) -> ReferenceMessage {
        let isNew = !random.oneIn(4)
        if isNew { households[index].events += 1 }
        let number = isNew ? households[index].events : random.number(0..<households[index].events + 1)
        // Ids that look alike and are different bytes.
        let letter = number % 5 == 0 ? (isNew ? "\u{e9}" : "e\u{301}") : "e"
        // Now and then one that is still to come.
        let instant = (clock / 10_000 - Int64(random.number(-4..<20))) * 10_000
        let amount = random.pick(["\(random.number(0..<60))", "\(random.number(0..<60)).1", "null", #""9""#])
        let kind = random.pick(["buy", "view"])
        return ReferenceMessage(
            kind: .event,
            dataset: "shop",
            text: """
                {\(map),"_id":"\(letter)\(households[index].number)-\(number)",\
                "timestamp":"\(ReferenceJSON.instant(instant))","kind":"\(kind)","amount":\(amount)}
                """
        )
    }

    // MARK: Refusals

    private mutating func refused(_ index: Int, _ clock: Int64) -> ReferenceMessage {
        let map = identityMap(index)
        func record(_ text: String) -> ReferenceMessage {
            ReferenceMessage(kind: .record, dataset: "crm", text: text, hasSourceTime: true)
        }
        func fields(_ count: Int, _ name: String) -> String {
            (0..<count).map { #""\#(name) \#($0)":\#($0)"# }.joined(separator: ",")
        }
        switch random.number(0..<20) {
        case 0: return record(#"{"visits":5}"#)
        case 1:
            return record(
                #"{\#(map),"deep":\#(String(repeating: "[", count: 70))\#(String(repeating: "]", count: 70))}"#
            )
        case 2 where random.oneIn(10):
            return record(#"{\#(map),"large":"\#(String(repeating: "x", count: 102_400))"}"#)
        case 3: return record(#"{\#(map),"tags":[\#((0...500).map { "\($0)" }.joined(separator: ","))]}"#)
        case 4: return record(#"{"identityMap":{"Nobody":[{"id":"1"}]},"visits":5}"#)
        case 5: return record(#"{"identityMap":{"ECID":[{"id":"123"}]},"visits":5}"#)
        case 6:
            let items = (0..<21).map { item("many-\($0)") }
            return record(#"{"identityMap":{"Email":[\#(items.joined(separator: ","))]},"visits":5}"#)
        case 7:
            let items = [item("one@example.org", primary: true), item("two@example.org", primary: true)]
            return record(#"{"identityMap":{"Email":[\#(items.joined(separator: ","))]},"visits":5}"#)
        case 8: return record(#"{"identityMap":{"Email":[{"id":"anonymous"}],"Phone":[{"id":" "}]},"visits":5}"#)
        case 9: return record(#"{"identityMap":{"Email":[{"id":"\#(String(repeating: "y", count: 1_025))"}]}}"#)
        case 10: return record(#"{\#(map),"visits":5"#)
        case 11: return record(#"{\#(map),"extSourceSystemAudit":{"lastUpdatedDate":"yesterday"}}"#)
        case 12: return ReferenceMessage(kind: .event, dataset: "shop", text: #"{\#(map),"_id":"","amount":1}"#)
        case 13: return ReferenceMessage(kind: .event, dataset: "shop", text: #"{\#(map),"_id":"x","timestamp":"now"}"#)
        case 14:
            let timestamp = ReferenceJSON.instant(clock)
            let note = String(repeating: "z", count: 10_240)
            return ReferenceMessage(
                kind: .event,
                dataset: "shop",
                text: #"{\#(map),"_id":"x","timestamp":"\#(timestamp)","note":"\#(note)"}"#
            )
        case 15, 16, 17:
            guard namesManyPaths else { return record(#"{\#(map),"visits":{"a":{"b":1}},"visits":1}"#) }
            nextPath += 1
            return record(#"{\#(map),"open \#(nextPath)":{\#(fields(400, "key"))}}"#)
        default:
            // Wide, and taken.
            return record(#"{\#(map),"wide":{\#(fields(25, "w"))}}"#)
        }
    }
}
