/** CodeMirror as this page uses it: loaded when someone edits, not before. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  HighlightStyle,
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Text, type Extension } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { loadLanguage, type Language } from "./languages.ts";

export interface CodeEditorOptions {
  parent: HTMLElement;
  root: ShadowRoot;
  text: string;
  label: string;
  language: Language | null;
  readOnly: boolean;
  changed: () => void;
  save: () => void;
}

/** One editor, whose lines are parted by LF always; other CRs are characters. */
export class CodeEditor {
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #difference = new Compartment();
  readonly #readOnly = new Compartment();
  #saved: Text;

  constructor(options: CodeEditorOptions) {
    const state = EditorState.create({
      doc: textOf(options.text),
      extensions: [
        ...editing(options),
        this.#readOnly.of(EditorState.readOnly.of(options.readOnly)),
        this.#language.of([]),
        this.#difference.of([]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.changed();
        }),
      ],
    });
    this.#saved = state.doc;
    this.#view = new EditorView({ state, parent: options.parent, root: options.root });
    if (options.language !== null) void this.#highlight(options.language);
  }

  get text(): string {
    return this.#view.state.doc.sliceString(0, undefined, "\n");
  }

  get unsaved(): boolean {
    return !this.#view.state.doc.eq(this.#saved);
  }

  /** The device has this text now. */
  saved(text: string): void {
    this.#saved = textOf(text);
  }

  /** Whether the text may be changed from now on. */
  setReadOnly(readOnly: boolean): void {
    const effects = this.#readOnly.reconfigure(EditorState.readOnly.of(readOnly));
    this.#view.dispatch({ effects });
  }

  /** Other text, as one step that can be undone. */
  replace(text: string): void {
    const { state } = this.#view;
    this.#view.dispatch({ changes: { from: 0, to: state.doc.length, insert: textOf(text) } });
  }

  /** Shows what differs from another text, change by change; null ends it. */
  showDifference(theirs: string | null): void {
    const shown =
      theirs === null
        ? []
        : unifiedMergeView({ original: textOf(theirs), gutter: true, mergeControls: true });
    this.#view.dispatch({ effects: this.#difference.reconfigure(shown) });
  }

  focus(): void {
    this.#view.focus();
  }

  destroy(): void {
    this.#view.destroy();
  }

  /** A language that cannot be loaded leaves the text without colours. */
  async #highlight(language: Language): Promise<void> {
    try {
      const extension = await loadLanguage(language);
      this.#view.dispatch({ effects: this.#language.reconfigure(extension) });
    } catch {
      // plain text
    }
  }
}

function textOf(text: string): Text {
  return Text.of(text.split("\n"));
}

function editing({ label, save }: CodeEditorOptions): Extension[] {
  return [
    EditorState.lineSeparator.of("\n"),
    EditorState.phrases.of({ Accept: "Keep mine", Reject: "Take the device's" }),
    EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
    EditorView.contentAttributes.of({
      "aria-label": label,
      spellcheck: "false",
      autocorrect: "off",
      autocapitalize: "off",
    }),
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of("  "),
    bracketMatching(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    search({ top: true }),
    syntaxHighlighting(colours),
    theme,
    keymap.of([
      { key: "Mod-s", preventDefault: true, run: () => (save(), true) },
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
  ];
}

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ph-text)", backgroundColor: "var(--ph-surface)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "var(--ph-text-s) / 1.5 var(--ph-mono)" },
  ".cm-gutters": {
    color: "var(--ph-quiet)",
    backgroundColor: "var(--ph-surface)",
    borderRight: "1px solid var(--ph-border)",
  },
  ".cm-content": { caretColor: "var(--ph-text)" },
  ".cm-cursor": { borderLeftColor: "var(--ph-text)" },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--ph-accent) 8%, transparent)",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "color-mix(in srgb, var(--ph-accent) 30%, transparent)" },
  ".cm-selectionMatch": {
    backgroundColor: "color-mix(in srgb, var(--ph-warn) 22%, transparent)",
  },
  ".cm-searchMatch": {
    backgroundColor: "var(--ph-warn-soft)",
    outline: "1px solid var(--ph-warn)",
  },
  ".cm-searchMatch-selected": { outlineWidth: "2px" },
  ".cm-specialChar": { color: "var(--ph-bad)" },
  ".cm-panels": {
    color: "var(--ph-text)",
    backgroundColor: "var(--ph-raised)",
    borderColor: "var(--ph-border)",
  },
  ".cm-panel.cm-search": {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "var(--ph-space-2)",
    padding: "var(--ph-space-2) calc(var(--ph-space-3) + 2rem) var(--ph-space-2) var(--ph-space-3)",
    font: "var(--ph-text-s) / 1.4 var(--ph-font)",
  },
  ".cm-panel.cm-search br": { flexBasis: "100%", height: "0", content: "''", display: "block" },
  ".cm-panel.cm-search label": {
    display: "inline-flex",
    alignItems: "center",
    gap: "var(--ph-space-1)",
    fontSize: "var(--ph-text-s)",
    fontWeight: "400",
  },
  ".cm-panel.cm-search [name=close]": { width: "2rem", minHeight: "2rem", padding: "0" },
  ".cm-panel.cm-search .cm-textfield": {
    flex: "0 1 14rem",
    width: "auto",
    minHeight: "1.875rem",
    margin: "0",
    font: "var(--ph-text-s) / 1.4 var(--ph-font)",
  },
  ".cm-panel.cm-search .cm-button": {
    minHeight: "1.875rem",
    margin: "0",
    padding: "0 var(--ph-space-3)",
    borderRadius: "var(--ph-radius)",
    font: "500 var(--ph-text-s) / 1.2 var(--ph-font)",
  },
  ".cm-textfield": {
    color: "var(--ph-text)",
    backgroundColor: "var(--ph-surface)",
    border: "1px solid var(--ph-border-strong)",
  },
  ".cm-button": {
    color: "var(--ph-text)",
    backgroundImage: "none",
    backgroundColor: "var(--ph-surface)",
    border: "1px solid var(--ph-border-strong)",
  },
  "&.cm-merge-b .cm-changedLine, .cm-insertedLine": {
    backgroundColor: "color-mix(in srgb, var(--ph-good) 14%, transparent)",
  },
  ".cm-deletedChunk .cm-chunkButtons button": {
    minHeight: "1.5rem",
    margin: "0 0 0 var(--ph-space-1)",
    padding: "0 var(--ph-space-2)",
    border: "1px solid var(--ph-border-strong)",
    borderRadius: "var(--ph-radius)",
    background: "var(--ph-surface)",
    color: "var(--ph-text)",
    font: "500 var(--ph-text-s) / 1.2 var(--ph-font)",
  },
  ".cm-deletedChunk": {
    backgroundColor: "color-mix(in srgb, var(--ph-bad) 14%, transparent)",
  },
});

/** Pairs of light and dark with a contrast of 4.5 and more on the surface. */
const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--ph-quiet)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.operatorKeyword], color: "light-dark(#8a2d8f, #d9a0e8)" },
  { tag: [tags.string, tags.special(tags.string)], color: "light-dark(#1a6b3c, #8fd6a3)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "light-dark(#8a4b00, #f0b880)" },
  { tag: [tags.propertyName, tags.attributeName], color: "light-dark(#0a5a80, #7fcbea)" },
  {
    tag: [tags.definition(tags.variableName), tags.function(tags.variableName)],
    color: "light-dark(#0a5a80, #7fcbea)",
  },
  { tag: [tags.typeName, tags.className, tags.tagName], color: "light-dark(#8f3b2e, #f0a898)" },
  { tag: [tags.heading, tags.strong], fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.link, textDecoration: "underline" },
  { tag: tags.meta, color: "var(--ph-quiet)" },
  { tag: tags.invalid, color: "var(--ph-bad)" },
]);
