import Testing

@testable import Kinesis

/// When keys are asked for again, by virtual time alone.
@Suite struct CredentialsRenewalTests {
    private static func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    private static func keys(_ number: Int) -> KinesisCredentials {
        KinesisCredentials(accessKeyID: "ASIA\(number)", secretAccessKey: "secret\(number)", sessionToken: "t\(number)")
    }

    private static func issued(_ number: Int, life: Int64) -> IssuedCredentials {
        IssuedCredentials(keys(number), life: .seconds(life))
    }

    private static let unavailable = KinesisError(.credentialsUnavailable, "not now")

    private static func id(_ answer: CredentialsRenewal.Answer) -> String {
        switch answer {
        case .keys(let keys): keys.accessKeyID
        case .wait: "wait"
        case .failure(let error): error.code.rawValue
        }
    }

    @Test func `keys are renewed between 75 and 80 per cent of their life, by one request`() {
        for seed in 0..<200 as Range<UInt64> {
            var renewal = CredentialsRenewal(seed: seed)
            #expect(renewal.ask(now: Self.at(0)).asksSource)
            _ = renewal.issued(Self.issued(1, life: 3_600), now: Self.at(0))
            #expect(!renewal.ask(now: Self.at(2_699)).asksSource)
            let (answer, asks) = renewal.ask(now: Self.at(2_880))
            #expect(Self.id(answer) == "ASIA1" && asks)
            #expect(!renewal.ask(now: Self.at(2_881)).asksSource)
            _ = renewal.issued(Self.issued(2, life: 3_600), now: Self.at(2_882))
            #expect(Self.id(renewal.ask(now: Self.at(2_883)).answer) == "ASIA2")
        }
    }

    @Test func `how keys stand is known while they have an end, and that others cannot be had`() {
        var renewal = CredentialsRenewal(seed: 3)
        #expect(renewal.standing(now: Self.at(0)) == nil)
        _ = renewal.ask(now: Self.at(0))
        _ = renewal.issued(Self.issued(1, life: 3_600), now: Self.at(0))
        #expect(renewal.standing(now: Self.at(600))?.left == .seconds(3_000))
        #expect(renewal.standing(now: Self.at(600))?.failure == nil)
        // Nobody needed keys at their end: that is no trouble.
        #expect(renewal.standing(now: Self.at(3_601)) == nil)

        _ = renewal.ask(now: Self.at(3_000))
        _ = renewal.failed(Self.unavailable, now: Self.at(3_000))
        #expect(renewal.standing(now: Self.at(3_540))?.left == .seconds(60))
        #expect(renewal.standing(now: Self.at(3_540))?.failure?.code == .credentialsUnavailable)
        #expect(renewal.standing(now: Self.at(4_000))?.left == .zero)

        _ = renewal.issued(IssuedCredentials(Self.keys(2)), now: Self.at(4_001))
        #expect(renewal.standing(now: Self.at(4_002)) == nil)
    }

    @Test func `old keys serve to their end while asking fails, and pauses grow to a minute`() {
        var renewal = CredentialsRenewal(seed: 7)
        _ = renewal.ask(now: Self.at(0))
        _ = renewal.issued(Self.issued(1, life: 3_600), now: Self.at(0))
        var asked: [Int64] = []
        for second in 0..<3_600 as Range<Int64> {
            let (answer, asks) = renewal.ask(now: Self.at(second))
            #expect(Self.id(answer) == "ASIA1")
            guard asks else { continue }
            asked.append(second)
            guard case .success(let keys) = renewal.failed(Self.unavailable, now: Self.at(second)) else {
                Issue.record("valid keys were given up at \(second)")
                return
            }
            #expect(keys.accessKeyID == "ASIA1")
        }
        let pauses = zip(asked.dropFirst(), asked).map { $0 - $1 }
        #expect(pauses.first.map { $0 <= 2 } ?? false)
        #expect(pauses.allSatisfy { $0 <= 61 } && pauses.suffix(5).allSatisfy { $0 >= 30 })
        #expect((10...60).contains(asked.count), "\(asked.count) requests in the last fifth")
    }

    @Test func `without keys what failed is told at once, and it is tried again within ten seconds`() {
        var renewal = CredentialsRenewal(seed: 3)
        var asked = 0
        var longest: Int64 = 0
        var last: Int64 = 0
        for second in 0..<3_600 as Range<Int64> {
            let (answer, asks) = renewal.ask(now: Self.at(second))
            if asks {
                #expect(Self.id(answer) == "wait")
                longest = max(longest, second - last)
                last = second
                asked += 1
                _ = renewal.failed(Self.unavailable, now: Self.at(second))
            } else {
                #expect(Self.id(answer) == "CredentialsUnavailable")
            }
        }
        #expect(longest <= 11 && asked < 800)
    }

    @Test func `expired keys are never given, and keys that come expired are none`() {
        var renewal = CredentialsRenewal(seed: 1)
        _ = renewal.ask(now: Self.at(0))
        _ = renewal.issued(Self.issued(1, life: 900), now: Self.at(0))
        #expect(Self.id(renewal.ask(now: Self.at(899)).answer) == "ASIA1")
        // The request of second 899 is still on its way.
        #expect(Self.id(renewal.ask(now: Self.at(900)).answer) == "wait")
        guard case .failure(let error) = renewal.issued(Self.issued(2, life: 0), now: Self.at(901)) else {
            Issue.record("keys without a life were taken")
            return
        }
        #expect(error.code == .credentialsUnavailable && error.isRetriable && !error.isAmbiguous)
    }

    @Test func `refused keys are replaced, and who learns of it late gets those that came`() {
        var renewal = CredentialsRenewal(seed: 1)
        _ = renewal.ask(now: Self.at(0))
        _ = renewal.issued(Self.issued(1, life: 3_600), now: Self.at(0))
        renewal.refuse(Self.keys(1))
        let (answer, asks) = renewal.ask(now: Self.at(1))
        #expect(Self.id(answer) == "wait" && asks)
        _ = renewal.issued(Self.issued(2, life: 3_600), now: Self.at(2))
        // A request that was signed before.
        renewal.refuse(Self.keys(1))
        #expect(Self.id(renewal.ask(now: Self.at(3)).answer) == "ASIA2")
        // Keys that are refused do not come back when there are no others.
        renewal.refuse(Self.keys(2))
        _ = renewal.ask(now: Self.at(4))
        _ = renewal.failed(Self.unavailable, now: Self.at(4))
        #expect(Self.id(renewal.ask(now: Self.at(4)).answer) == "CredentialsUnavailable")
    }

    @Test func `keys that no header can carry are a failure without a word of them`() {
        var renewal = CredentialsRenewal(seed: 1)
        _ = renewal.ask(now: Self.at(0))
        let bad = KinesisCredentials(accessKeyID: "A", secretAccessKey: "line\nbreak-needle")
        guard case .failure(let error) = renewal.issued(IssuedCredentials(bad), now: Self.at(0)) else {
            Issue.record("unusable keys were taken")
            return
        }
        #expect(error.code == .invalidCredentials && !"\(error)".contains("needle"))
    }

    /// Random sources, random times, one rule: keys that are given are valid, requests do not overlap, and a source that
    /// works again is found within ten seconds.
    @Test func `a long random life`() {
        let seed = UInt64.random(in: 0..<1 << 40)
        print("credentials renewal seed \(seed)")
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            var renewal = CredentialsRenewal(seed: random.next())
            var now: Int64 = 0
            var asking: Int64?
            var ends: [String: Int64] = [:]
            var number = 0
            var worksSince: Int64?
            var isWorking = true
            while now < 100_000 {
                now += Int64.random(in: 1...60, using: &random)
                if Int.random(in: 0..<200, using: &random) == 0 {
                    isWorking.toggle()
                    worksSince = isWorking ? now : nil
                }
                if let start = asking, now >= start + 5 {
                    asking = nil
                    if isWorking {
                        number += 1
                        let life = Int64.random(in: 900...3_600, using: &random)
                        ends["ASIA\(number)"] = now + life
                        _ = renewal.issued(Self.issued(number, life: life), now: Self.at(now))
                    } else {
                        _ = renewal.failed(Self.unavailable, now: Self.at(now))
                    }
                }
                let (answer, asks) = renewal.ask(now: Self.at(now))
                if asks {
                    #expect(asking == nil, "seed \(seed): two requests at a time")
                    asking = now
                }
                switch answer {
                case .keys(let keys):
                    #expect(now < ends[keys.accessKeyID] ?? 0, "seed \(seed): expired keys at \(now)")
                case .wait: #expect(asking != nil, "seed \(seed): waits for nothing")
                case .failure:
                    // A request that ends, a pause of ten seconds and the step of this loop.
                    #expect(worksSince.map { now - $0 < 5 + 10 + 180 } ?? true, "seed \(seed): stuck at \(now)")
                }
            }
        }
    }
}
