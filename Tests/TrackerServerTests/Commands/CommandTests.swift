import Testing

/// The program as people start it: exit codes and what it says.
@Suite enum CommandTests {}
