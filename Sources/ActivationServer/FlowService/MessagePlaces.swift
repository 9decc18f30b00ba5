import ActivationCore

/// Where a flow's attributes stand in its messages: no two in one place, none inside another (BEHAVIOUR 1.5).
///
/// Attributes that stand where the profile has them fit together however they are mapped; only those that are moved can be
/// in the way.
struct MessagePlaces {
    private var taken: [(path: [String], place: [String])] = []

    /// Takes the place of an attribute.
    ///
    /// - Parameters:
    ///   - value: The selector's `value`; `mapping.destination` names the place.
    ///   - path: The attribute's own path, where it stands when nothing is named.
    /// - Throws: `FIELD_INVALID` for what is no place, or is taken.
    mutating func take(_ value: Fields, _ path: [String]) throws(APIError) {
        var place = path
        if let mapping = try value.fields("mapping"), let destination = try mapping.string("destination") {
            let pointer = "\(mapping.pointer)/destination"
            if !destination.isEmpty { place = try AttributePath.fieldNames(of: destination, at: pointer) }
            guard let first = place.first, first != "segmentMembership", first != "identityMap" else {
                throw APIError(.fieldInvalid, "\(pointer): \(place[0]) is a part of every message; choose another name")
            }
        }
        for other in taken where other.path != other.place || path != place {
            guard !other.place.starts(with: place), !place.starts(with: other.place) else {
                throw APIError(
                    .fieldInvalid,
                    "\(value.pointer)/mapping/destination: \(place.joined(separator: ".").excerpt(100)) and "
                        + "\(other.place.joined(separator: ".").excerpt(100)), where another attribute stands, are one place "
                        + "or one inside the other"
                )
            }
        }
        taken.append((path, place))
    }
}
