import ActivationCore
import ActivationEngine
import Kinesis

/// What a dataflow's producer must not send any more.
struct KinesisRecalls: RecordRecalls {
    let rows: RecalledRows
    let dataflow: Dataflow.ID

    var isEmpty: Bool { rows.isEmpty }

    func contains(_ token: UInt64) -> Bool { rows.contains(Int64(bitPattern: token), of: dataflow) }
}
