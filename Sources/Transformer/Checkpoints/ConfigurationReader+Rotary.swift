extension ConfigurationReader {
    /// The same configuration with the keys of rotary position embedding in one place, as transformers 5 reads them
    /// (`modeling_rope_utils.py`, `convert_rope_params_to_dict`): of `rope_scaling` and `rope_parameters` the first wins where
    /// both are given, and `rope_theta` at the top, or what the family calls it there, stands where that object has none.
    func withRotaryKeysTogether(baseKey: String) throws(ConfigurationError) -> ConfigurationReader {
        let key = optional("rope_scaling").map { $0 == .object([:]) } == false ? "rope_scaling" : "rope_parameters"
        guard try object(key) != nil, case .object(var inner)? = optional(key) else { return self }
        let isForEachLayerType = inner.values.contains { if case .object = $0 { true } else { false } }
        if isForEachLayerType { return self }
        if inner["rope_theta"] ?? .null == .null { inner["rope_theta"] = optional(baseKey) }
        var changes: [String: JSONValue] = [
            baseKey: inner["rope_theta"] ?? .null, "rope_scaling": .null, "rope_parameters": .null,
        ]
        changes[key] = .object(inner)
        return replacing(changes)
    }
}
