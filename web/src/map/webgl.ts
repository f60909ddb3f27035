let known: boolean | undefined;

/** Whether this browser gives a WebGL 2 context, which the map draws with. */
export function hasWebgl(): boolean {
  if (known === undefined) {
    const context = document.createElement("canvas").getContext("webgl2");
    known = context !== null;
    context?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return known;
}
