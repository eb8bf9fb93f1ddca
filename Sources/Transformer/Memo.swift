import Foundation

/// A value that is computed when first asked for, and kept.
final class Memo<Value: Sendable>: @unchecked Sendable {
    // Sound to share: `made` is read and written under the lock.
    private let lock = NSLock()
    private var made: Value?

    func value(_ make: () -> Value) -> Value {
        lock.withLock {
            if let made { return made }
            let value = make()
            made = value
            return value
        }
    }
}
