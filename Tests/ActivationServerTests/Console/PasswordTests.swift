import ActivationCore
import Testing

@testable import ActivationServer

@Suite struct PasswordTests {
    @Test func `scrypt is RFC 7914's, as Python computes it too`() throws {
        // hashlib.scrypt(b"correct horse battery", salt=bytes(range(16)), n=2**15, r=8, p=3, dklen=32, maxmem=2**27)
        let text = "scrypt$15$8$3$AAECAwQFBgcICQoLDA0ODw$BUS_jY3RXIlNUfVFibrXS1m-ZtyDS56ksoZ2SgSjUlQ"
        let hash = try #require(PasswordHash(text))

        #expect(hash.cost == .standard)
        #expect(hash.text == text)
        #expect(hash.matches("correct horse battery"))
        #expect(!hash.matches("correct horse batterz"))
    }

    @Test func `a hash is read back, and differs each time`() throws {
        let one = try PasswordHash(of: "correct horse battery", cost: .least)
        let two = try PasswordHash(of: "correct horse battery", cost: .least)

        #expect(one.text != two.text)
        #expect(PasswordHash(one.text) == one)
        #expect(one.matches("correct horse battery") && !one.matches("") && !one.matches("x"))
    }

    @Test(arguments: [
        "", "scrypt", "scrypt$4$8$1$AAAA", "bcrypt$4$8$1$AAECAwQFBgcICQoLDA0ODw$AAAA", "scrypt$60$8$1$AAAA$AAAA",
        "scrypt$-1$8$1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODwAAECAwQFBgcICQoLDA0ODw",
        "scrypt$4$8$1$!$AAECAwQFBgcICQoLDA0ODwAAECAwQFBgcICQoLDA0ODw",
    ])
    func `what is no hash is none, whatever a store holds`(text: String) {
        #expect(PasswordHash(text) == nil)
    }

    @Test(arguments: [
        ("correct horse battery", true), ("short", false), ("aaaaaaaaaaaaaaaa", false), ("abcdefghijklmn", false),
        ("1234567890123", false), ("my headwater password", false), ("ana.maria and more", false),
        ("ana.maria@shop.example", false), ("ababababababab", false),
        (String(repeating: "long words ", count: 12), false),
        ("pässwörter sind länger", true),
    ])
    func `passwords are long, and not the first guess`(password: String, isTaken: Bool) {
        #expect((PasswordRule.complaint(password, of: "ana.maria@shop.example") == nil) == isTaken)
    }

    @Test(
        arguments: [
            (" Ana@Shop.Example ", "ana@shop.example"), ("a@b", "a@b"), ("ana", nil), ("@b", nil), ("a@", nil),
            ("a@b@c", nil), ("a b@c", nil), ("a@b\u{0}", nil), (String(repeating: "a", count: 300) + "@b", nil),
        ] as [(String, String?)]
    )
    func `an e-mail address is read as people type it`(typed: String, address: String?) {
        #expect(EmailAddress(typed)?.text == address)
    }

    @Test func `many passwords at once are turned away, none is lost`() async throws {
        let desk = PasswordDesk(cost: PasswordCost(exponent: 12, blockSize: 8, parallelism: 1))
        let outcomes = await withTaskGroup(of: Bool?.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    do throws(APIError) {
                        return try await desk.hash("correct horse battery").matches("correct horse battery")
                    } catch {
                        return error.code == .overloaded ? nil : false
                    }
                }
            }
            return await group.reduce(into: [Bool?]()) { $0.append($1) }
        }

        #expect(outcomes.count == 60)
        #expect(!outcomes.contains(false) && outcomes.contains(true))
        // The places are free again.
        #expect(try await desk.hash("correct horse battery").matches("correct horse battery"))
    }
}
