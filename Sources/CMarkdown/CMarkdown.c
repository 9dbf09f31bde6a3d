#include "CMarkdown.h"

#include <pthread.h>
#include <string.h>

#include <cmark-gfm-core-extensions.h>

static pthread_once_t registered = PTHREAD_ONCE_INIT;

/* The library's list of extensions is one for the whole process and is filled once. */
static void prepare(void) { cmark_gfm_core_extensions_ensure_registered(); }

cmark_node *cmd_read(const char *text, size_t length) {
  pthread_once(&registered, prepare);
  cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
  if (!parser) return NULL;
  static const char *const names[] = {"table", "tasklist", "autolink"};
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    cmark_syntax_extension *extension = cmark_find_syntax_extension(names[index]);
    if (extension) cmark_parser_attach_syntax_extension(parser, extension);
  }
  cmark_parser_feed(parser, text, length);
  cmark_node *document = cmark_parser_finish(parser);
  cmark_parser_free(parser);
  return document;
}

cmd_kind cmd_kind_of(cmark_node *node) {
  cmark_node_type type = cmark_node_get_type(node);
  if (type == CMARK_NODE_DOCUMENT) return CMD_DOCUMENT;
  if (type == CMARK_NODE_HEADING) return CMD_HEADING;
  if (type == CMARK_NODE_PARAGRAPH) return CMD_PARAGRAPH;
  if (type == CMARK_NODE_BLOCK_QUOTE) return CMD_QUOTE;
  if (type == CMARK_NODE_LIST) return CMD_LIST;
  if (type == CMARK_NODE_ITEM) return CMD_ITEM;
  if (type == CMARK_NODE_CODE_BLOCK) return CMD_CODE_BLOCK;
  if (type == CMARK_NODE_HTML_BLOCK) return CMD_HTML_BLOCK;
  if (type == CMARK_NODE_THEMATIC_BREAK) return CMD_RULE;
  if (type == CMARK_NODE_TEXT) return CMD_TEXT;
  if (type == CMARK_NODE_SOFTBREAK) return CMD_SOFT_BREAK;
  if (type == CMARK_NODE_LINEBREAK) return CMD_LINE_BREAK;
  if (type == CMARK_NODE_CODE) return CMD_CODE;
  if (type == CMARK_NODE_HTML_INLINE) return CMD_HTML;
  if (type == CMARK_NODE_EMPH) return CMD_EMPHASIS;
  if (type == CMARK_NODE_STRONG) return CMD_STRONG;
  if (type == CMARK_NODE_LINK) return CMD_LINK;
  if (type == CMARK_NODE_IMAGE) return CMD_IMAGE;
  /* What extensions add has numbers only at run time. */
  const char *name = cmark_node_get_type_string(node);
  if (!strcmp(name, "table")) return CMD_TABLE;
  if (!strcmp(name, "table_row") || !strcmp(name, "table_header")) return CMD_TABLE_ROW;
  if (!strcmp(name, "table_cell")) return CMD_TABLE_CELL;
  if (!strcmp(name, "tasklist")) return CMD_ITEM;
  return CMD_OTHER;
}

uint8_t cmd_alignment(cmark_node *table, uint16_t column) {
  uint16_t count = cmark_gfm_extensions_get_table_columns(table);
  uint8_t *alignments = cmark_gfm_extensions_get_table_alignments(table);
  return alignments && column < count ? alignments[column] : 0;
}

int cmd_is_heading_row(cmark_node *row) { return cmark_gfm_extensions_get_table_row_is_header(row); }

int cmd_task(cmark_node *item) {
  const char *name = cmark_node_get_type_string(item);
  if (strcmp(name, "tasklist")) return 0;
  return cmark_gfm_extensions_get_tasklist_item_checked(item) ? 2 : 1;
}
