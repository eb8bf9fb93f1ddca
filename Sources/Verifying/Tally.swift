/// Gathers the deviations of one check in constant memory.
struct Tally {
    /// A token's vector, and what of it.
    struct Place {
        let token: Int64
        let what: String
    }

    package let name: String
    let claim: String
    private var deviation: Double?
    private var bar: Double?
    private var worst = -1.0
    private var place: Place?
    private var compared = 0
    private var leftOut = 0
    private var problem: String?

    init(_ name: String, _ claim: String) {
        self.name = name
        self.claim = claim
    }

    /// A deviation and what is allowed there. One that is not finite is left out.
    mutating func add(_ value: Double, bar: Double, at place: @autoclosure () -> Place) {
        guard value.isFinite else { return leaveOut() }
        compared += 1
        // A bar of 0 allows nothing.
        let ratio = value == 0 ? 0 : value / bar
        guard ratio > worst else { return }
        worst = ratio
        deviation = value
        self.bar = bar
        self.place = place()
    }

    /// So many values were looked at, so many of them are wrong.
    mutating func count(_ values: Int, wrong: Int, _ problem: @autoclosure () -> String) {
        compared += values
        bar = 0
        deviation = (deviation ?? 0) + Double(wrong)
        if wrong > 0 { fail(problem()) }
    }

    mutating func leaveOut() { leftOut += 1 }

    /// Something is wrong that is no number. The first is told.
    mutating func fail(_ problem: String) {
        if self.problem == nil { self.problem = problem }
    }

    /// - Parameter locate: where a token is, in words.
    func check(_ locate: (Int64) throws -> String) rethrows -> Check {
        let state: Check.State =
            if problem != nil || worst > 1 { .failed } else if compared > 0 { .ok } else if leftOut > 0 { .nothingCompared } else {
                .notRecorded
            }
        let detail = try problem ?? (state == .failed ? place.map { "\($0.what), \(try locate($0.token))" } : nil)
        return Check(
            name: name, claim: claim, state: state, deviation: deviation, bar: bar, compared: compared, leftOut: leftOut,
            detail: detail)
    }
}
