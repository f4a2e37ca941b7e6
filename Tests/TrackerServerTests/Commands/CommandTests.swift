import Testing

/// The program as people start it: exit codes and what it says. The processes run one after the other.
@Suite(.serialized) enum CommandTests {}
