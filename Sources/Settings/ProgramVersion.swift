/// The version of both programs, which are made and given out together (Semantic Versioning 2.0.0).
public enum ProgramVersion {
    public static let text = "0.1.0"
}
