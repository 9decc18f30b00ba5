import ActivationCore
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
    }
}
