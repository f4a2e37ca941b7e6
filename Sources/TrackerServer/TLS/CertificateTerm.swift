import Shared

/// What there is to say of a certificate's time. Pure.
enum CertificateTerm: Sendable, Hashable {
    case good
    case notYet
    case endsSoon
    case ended

    /// 14 days, in milliseconds.
    static let notice: Int64 = 14 * 24 * 3600 * 1000

    init(_ validity: CertificateValidity, at now: Timestamp) {
        self =
            if now < validity.from {
                .notYet
            } else if now > validity.until {
                .ended
            } else if validity.until - now < Self.notice {
                .endsSoon
            } else {
                .good
            }
    }
}
