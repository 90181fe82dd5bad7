/** What the build puts in place. */

interface ImportMeta {
  readonly env: {
    /** Path under which the page is served, with slashes on both ends. */
    readonly BASE_URL: string;
  };
}
