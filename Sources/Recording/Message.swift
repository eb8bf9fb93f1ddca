extension Recording {
    /// What a recorder says while it works.
    public struct Message: Sendable, Equatable {
        public enum Level: Sendable, Comparable {
            /// For who wants to know more.
            case detail
            /// Something that the user may have to act on.
            case warning
        }

        public var level: Level
        /// One line.
        public var text: String

        public init(level: Level, text: String) {
            self.level = level
            self.text = text
        }
    }
}
