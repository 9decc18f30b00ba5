import ActivationCore
import ArgumentParser
import Testing

@testable import headwater

/// Dataflows and their runs as people read them.
struct DataflowTextTests {
    @Test func `a dataflow says how far it is in making up for the time when it was disabled`() {
        var flow: JSONValue = ["id": "f", "name": "Regulars", "headwaterState": ["state": "running"]]
        #expect(JSONDataflow(flow: flow).lines == ["f  running  Regulars"])

        flow["headwaterState"] = [
            "state": "running", "reconcile": ["processed": 1_200, "total": 5_000, "secondsLeft": 61],
        ]
        #expect(
            JSONDataflow(flow: flow).lines == [
                "f  running  Regulars", "  makes up for what was left undone: 1,200 of 5,000 profiles, 01:01 left",
            ]
        )
        flow["headwaterState"] = ["state": "running", "reconcile": ["processed": 0, "total": 7]]
        #expect(JSONDataflow(flow: flow).lines.last == "  makes up for what was left undone: 0 of 7 profiles")
    }

    @Test func `options are JSON, or else texts`() throws {
        func members(_ params: String...) throws -> JSONObject {
            try TargetParams.parse(params.flatMap { ["--param", $0] }).members
        }
        #expect(
            try members("envelope=cloudevents", #"triggers=["membership"]"#, "retries=2", "emitDeletes=true", "a==b")
                == [
                    "envelope": "cloudevents", "triggers": ["membership"], "retries": 2, "emitDeletes": true, "a": "=b",
                ]
        )
        #expect(try members(#"partitionKey={"namespace":"Email"}"#) == ["partitionKey": ["namespace": "Email"]])
        for wrong in [["envelope"], ["=x"], ["a=1", "a=2"]] {
            #expect(throws: (any Error).self) { try TargetParams.parse(wrong.flatMap { ["--param", $0] }) }
        }
    }

    @Test func `marketing actions and alerts are members of the flow`() throws {
        let purpose = try DataflowPurpose.parse([
            "--marketing-action", "emailTargeting", "--marketing-action", "custom:Panel:Asking: a panel",
            "--alert", "lag=60", "--alert", "paused",
        ])
        #expect(
            purpose.members == [
                "marketingActions": [
                    ["type": "core", "name": "emailTargeting"],
                    ["type": "custom", "name": "Panel", "description": "Asking: a panel"],
                ],
                "alerts": [["type": "lag", "threshold": 60], ["type": "paused"]],
            ]
        )
        #expect(try DataflowPurpose.parse([]).members.isEmpty)
        for wrong in ["lag=soon", "lag="] {
            #expect(throws: (any Error).self) { try DataflowPurpose.parse(["--alert", wrong]) }
        }
        let shown = JSONDataflow(
            flow: purpose.members.reduce(into: ["id": "f", "name": "A"] as JSONValue) { $0[$1.key] = $1.value }
        )
        #expect(
            shown.lines == [
                "f  unknown  A", "  used for   emailTargeting", "  used for   Panel", "  alert      lag from 60 on",
                "  alert      paused",
            ]
        )
        let update = ["--data", "d", "A"]
        #expect(throws: (any Error).self) { try DataflowsCommand.Update.parse(update) }
        #expect(throws: (any Error).self) {
            try DataflowsCommand.Update.parse(update + ["--alert", "paused", "--param", "retries=1"])
        }
        _ = try DataflowsCommand.Update.parse(update + ["--alert", "paused", "--reset", "marketingActions"])
    }

    @Test func `a target is shown option by option`() {
        let shown = JSONDataflow(
            flow: ["id": "f", "name": "Regulars", "headwaterState": ["state": "running"]],
            target: ["params": ["stream": "events", "retries": 2]]
        )
        #expect(shown.lines == ["f  running  Regulars", "  target     stream events", "  target     retries 2"])
        #expect(shown.json["target"]?["params"]?["stream"] == "events")
    }

    @Test func `a run is a line with its begin, its state and its figures`() {
        let figures: JSONValue = [
            "recordSummary": [
                "inputRecordCount": 1_500, "outputRecordCount": 600, "failedRecordCount": 1, "skippedRecordCount": 899,
            ]
        ]
        let hour: JSONValue = [
            "id": "f-1", "kind": "hour", "state": "completed", "createdAt": 1_700_000_000_000, "metrics": figures,
        ]
        let backfill: JSONValue = [
            "id": "b", "kind": "backfill", "state": "inProgress", "createdAt": 1_700_000_000_000, "metrics": figures,
        ]
        #expect(
            RunText(run: hour).line
                == "2023-11-14T22:13:20Z  completed  1,500 triggered, 600 delivered, 1 refused, 899 suppressed"
        )
        #expect(
            RunText(run: backfill).line == "2023-11-14T22:13:20Z  inProgress  600 records of 1,500 profiles, backfill b"
        )
        #expect(RunText(run: hour).audienceLines(of: [:]).isEmpty)
    }

    @Test func `a run has a line for each audience, by its name while it is mapped, and one for the rest`() {
        let run: JSONValue = [
            "kind": "hour",
            "metrics": [
                "recordSummary": [
                    "withoutAudience": ["inputRecordCount": 3, "outputRecordCount": 2],
                    "targetSummaries": [
                        [
                            "entitySummaries": [
                                ["id": "segment:a", "inputRecordCount": 1_500, "failedRecordCount": 1],
                                ["id": "segment:b", "skippedRecordCount": 4],
                            ]
                        ]
                    ],
                ]
            ],
        ]
        let flow: JSONValue = [
            "transformations": [
                ["params": ["segmentSelectors": ["selectors": [["value": ["id": "a", "name": "VIP"]]]]]]
            ]
        ]
        #expect(
            RunText(run: run).audienceLines(of: flow) == [
                "  VIP  1,500 triggered, 0 delivered, 1 refused, 0 suppressed",
                "  b  0 triggered, 0 delivered, 0 refused, 4 suppressed",
                "  (no audience)  3 triggered, 2 delivered, 0 refused, 0 suppressed",
            ]
        )
    }
}
