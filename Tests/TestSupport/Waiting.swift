import Foundation

/// What a test waits for did not come.
package struct WaitedInVain: Error { package let what: String }

/// Waits until `condition` holds. Two minutes are much longer than anything here takes on a busy machine.
package func wait(for what: String, until condition: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(120)
    while try !condition() {
        if ContinuousClock.now >= end { throw WaitedInVain(what: what) }
        usleep(2_000)
    }
}
