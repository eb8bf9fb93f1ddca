/// The version that a run is recorded with, and that `actrec --version` prints.
public enum RecordingVersion {
    public static let current = "0.1.0"
}
