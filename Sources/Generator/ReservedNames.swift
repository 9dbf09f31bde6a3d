/// Knows the names that generated code cannot use as they are, each with its reason.
enum ReservedNames {
  /// Whether a module, table or class of this name would break: keywords, device names, taken prefixes.
  static func isReservedEntity(_ snake: String) -> Bool {
    keywords.contains(snake) || unquotedKeywords.contains(snake) || deviceNames.contains(snake)
      || takenTables.contains(snake) || takenPrefixes.contains { snake.hasPrefix($0) }
  }

  /// Whether an attribute and column of this name would break.
  static func isReservedField(_ snake: String) -> Bool {
    keywords.contains(snake) || unquotedKeywords.contains(snake) || attributes.contains(snake)
      || systemColumns.contains(snake) || protectedPrefixes.contains { snake.hasPrefix($0) }
  }

  /// The name a reserved field gets instead.
  static func replacement(forField snake: String) -> String {
    let isProtected = protectedPrefixes.contains { snake.hasPrefix($0) }
    return isProtected ? "field_" + snake : snake + "_value"
  }

  /// Python keywords; as a module or attribute name they are syntax errors.
  static let keywords: Set<String> = [
    "false", "none", "true", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
  ]

  /// Keywords of SQL that SQLAlchemy 2.1 leaves without quotes; found by creating a table and a column for each keyword
  /// of PostgreSQL and SQLite. Every other keyword is quoted and works.
  private static let unquotedKeywords: Set<String> = [
    "collation", "concurrently", "lateral", "nothing", "returning", "system_user", "tablesample",
  ]

  /// Beginnings of attributes that pydantic keeps for itself.
  private static let protectedPrefixes = ["model_dump", "model_validate"]

  /// Attributes of the classes that records derive from, plus names with a meaning of their own in a class body.
  private static let attributes: Set<String> = [
    // every record has one, made by the database
    "id",
    // pydantic
    "construct", "copy", "dict", "from_orm", "json", "model_computed_fields", "model_config", "model_construct",
    "model_copy", "model_extra", "model_fields", "model_fields_set", "model_json_schema", "model_parametrized_name",
    "model_post_init", "model_rebuild", "parse_file", "parse_obj", "parse_raw", "schema", "schema_json",
    "update_forward_refs", "validate",
    // SQLAlchemy
    "metadata", "registry", "type_annotation_map",
    // parameters of constructors, and a letter the linter refuses
    "self", "cls", "l",
  ]

  /// Columns that every PostgreSQL table has already.
  private static let systemColumns: Set<String> = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]

  /// File names that some systems refuse.
  private static let deviceNames: Set<String> = ["con", "prn", "aux", "nul", "conftest"]

  /// Tables that the migration tool keeps for itself.
  private static let takenTables: Set<String> = ["alembic_version"]

  /// Prefixes that databases keep for themselves, and those of generated index and constraint names.
  private static let takenPrefixes = ["sqlite_", "pg_", "pk_", "fk_", "ix_"]
}
