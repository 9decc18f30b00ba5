import ActivationCore

/// The law under which somebody asks, in Adobe's words (BEHAVIOUR 3.11).
enum PrivacyRegulation: String, Sendable, CaseIterable {
    case apaAUS = "apa_aus"
    case ccpa
    case cpaUSA = "cpa_usa"
    case cpraUSA = "cpra_usa"
    case ctdpaUSA = "ctdpa_usa"
    case dpdpa
    case fdbrUSA = "fdbr_usa"
    case gdpr
    case gdprGBR = "gdpr_gbr"
    case hipaaUSA = "hipaa_usa"
    case icdpaUSA = "icdpa_usa"
    case lgpdBRA = "lgpd_bra"
    case mcdpaUSA = "mcdpa_usa"
    case mhmdaUSA = "mhmda_usa"
    case ndpaUSA = "ndpa_usa"
    case nhpaUSA = "nhpa_usa"
    case njdpaUSA = "njdpa_usa"
    case nzpaNZL = "nzpa_nzl"
    case ocpaUSA = "ocpa_usa"
    case pdpaTHA = "pdpa_tha"
    case ql25
    case tdpsaUSA = "tdpsa_usa"
    case ucpaUSA = "ucpa_usa"
    case vcdpaUSA = "vcdpa_usa"

    /// Days in which an answer is due, without the extensions that a law may give; a month counts as 30 days, a working day as
    /// one day.
    var days: Int64 {
        switch self {
        case .lgpdBRA: 15
        case .nzpaNZL: 20
        case .apaAUS, .gdpr, .gdprGBR, .hipaaUSA, .pdpaTHA, .ql25: 30
        case .icdpaUSA: 90
        case .ccpa, .cpaUSA, .cpraUSA, .ctdpaUSA, .dpdpa, .fdbrUSA, .mcdpaUSA, .mhmdaUSA, .ndpaUSA, .nhpaUSA, .njdpaUSA,
            .ocpaUSA, .tdpsaUSA, .ucpaUSA, .vcdpaUSA:
            45
        }
    }

    /// When the answer to a request is due.
    func due(after instant: Timestamp) -> Timestamp {
        Timestamp(milliseconds: instant.milliseconds + days * 86_400_000)
    }
}
