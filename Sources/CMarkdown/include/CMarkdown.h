/* GitHub's reader of Markdown (cmark-gfm), as far as Signalbox reads with it. */
#ifndef SIGNALBOX_CMARKDOWN_H
#define SIGNALBOX_CMARKDOWN_H

#include <stddef.h>
#include <stdint.h>

#include <cmark-gfm.h>

/* What a node is. */
typedef enum {
  CMD_OTHER = 0,
  CMD_DOCUMENT,
  CMD_HEADING,
  CMD_PARAGRAPH,
  CMD_QUOTE,
  CMD_LIST,
  CMD_ITEM,
  CMD_CODE_BLOCK,
  CMD_HTML_BLOCK,
  CMD_RULE,
  CMD_TABLE,
  CMD_TABLE_ROW,
  CMD_TABLE_CELL,
  CMD_TEXT,
  CMD_SOFT_BREAK,
  CMD_LINE_BREAK,
  CMD_CODE,
  CMD_HTML,
  CMD_EMPHASIS,
  CMD_STRONG,
  CMD_LINK,
  CMD_IMAGE
} cmd_kind;

/* Reads a text with tables, task lists and bare links; NULL when there is no memory. Freed by cmark_node_free. */
cmark_node *cmd_read(const char *text, size_t length);
/* What a node is. */
cmd_kind cmd_kind_of(cmark_node *node);
/* How column `column` of a table is aligned: 'l', 'c', 'r', or 0. */
uint8_t cmd_alignment(cmark_node *table, uint16_t column);
/* Whether a row of a table is its heading. */
int cmd_is_heading_row(cmark_node *row);
/* Whether an item is a task: 0 no, 1 open, 2 done. */
int cmd_task(cmark_node *item);

#endif
