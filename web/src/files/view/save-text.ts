/** Gives a person text of this page as a file: an attachment, never a document. */
export function saveText(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the address when the click returns, but not always its bytes.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}
