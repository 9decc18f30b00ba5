import ActivationCore
import ActivationServer
import Kinesis

/// How a check of Kinesis is told, step by step, and what to do where it stops.
extension KinesisDestination {
    private static let fields = DestinationStep(
        "Fields are filled in",
        ["CFG-001": "Correct the field; nothing has been asked yet."]
    )
    private static let answers = DestinationStep(
        "Kinesis answers",
        [
            "NET-001":
                "Look at region and endpoint URL. If they are right, let this machine connect to port 443 there; a "
                + "proxy or a firewall may stand between."
        ]
    )
    private static let credentials = DestinationStep(
        "Takes the credentials",
        [
            "AWS-401":
                "Enter access key and secret key once more, without spaces. If they are right, the region is not, or "
                + "this machine's clock is off; a temporary key needs its session token. A role needs this server to "
                + "have an AWS identity of its own.",
            "AWS-403R":
                "Put the trust policy below into the role: it names this server and its external ID. Its ARN has to be "
                + "exact, and what this server runs as needs sts:AssumeRole on it. AWS takes up to a minute to notice.",
        ]
    )
    private static let reading =
        "Give the key's user the policy below. Or go on without it and type the stream's name: then nothing tells in "
        + "advance whether the stream is there."

    static let accountSteps = [
        fields, answers, credentials, DestinationStep("May list streams", ["AWS-403": reading]),
    ]
    static let targetSteps = [
        fields, answers, credentials,
        DestinationStep(
            "Stream exists",
            [
                "AWS-403": reading,
                "AWS-404":
                    "Make the stream, or correct its name or region: names are exact, and each region has its own.",
            ]
        ),
        DestinationStep(
            "Stream is active",
            ["AWS-409": "AWS needs about a minute for it. Check again then."]
        ),
        DestinationStep(
            "May write",
            [
                "AWS-403P":
                    "Give the key's user the policy below; a stream with a KMS key of your own needs that key too."
            ]
        ),
    ]

    /// The IAM policy of the key's user: only what is needed, and only for this stream.
    ///
    /// What its last statement allows is not needed: with it a busy shard holds up no record of another one.
    ///
    /// - Parameters:
    ///   - account: Says the region.
    ///   - target: Says stream and region.
    ///   - resource: The stream's ARN, where it is known.
    /// - Returns: A policy document.
    func policy(account: JSONObject, target: JSONObject, resource: String?) -> String? {
        let region = (try? target.region) ?? (try? account.region) ?? "*"
        let stream = (try? KinesisTarget(target))?.stream.name ?? "*"
        let named = (try? KinesisTarget(target))?.stream.arn
        let partition = KinesisEndpoint.partition(of: region)
        let arn = resource ?? named ?? "arn:\(partition):kinesis:\(region):*:stream/\(stream)"
        return """
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": ["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary"],
                  "Resource": "\(arn)"
                },
                {"Effect": "Allow", "Action": "kinesis:ListStreams", "Resource": "*"},
                {"Sid": "Optional", "Effect": "Allow", "Action": "kinesis:ListShards", "Resource": "\(arn)"}
              ]
            }
            """
    }
}
