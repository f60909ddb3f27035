/** A picture of charts: their canvases one below the other, each under its legend. */

const GAP = 16;
const LINE = 20;

export async function picture(container: HTMLElement, title: string): Promise<Blob | null> {
  const plots = [...container.querySelectorAll<HTMLElement>(".chart")];
  const canvases = plots.map((plot) => plot.querySelector("canvas")!);
  const scale = window.devicePixelRatio || 1;
  const width = Math.max(...canvases.map((canvas) => canvas.width));
  const height = canvases.reduce((sum, canvas) => sum + canvas.height + (GAP + LINE) * scale, (GAP + LINE) * scale);
  const paper = document.createElement("canvas");
  Object.assign(paper, { width, height });
  const pen = paper.getContext("2d")!;
  const style = getComputedStyle(container);
  pen.fillStyle = style.getPropertyValue("--panel") || "#fff";
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = style.color;
  pen.font = `600 ${14 * scale}px "Noto Sans"`;
  pen.fillText(title, GAP * scale, LINE * scale);
  pen.font = `${12 * scale}px "Noto Sans"`;
  let top = (GAP + LINE) * scale;
  plots.forEach((plot, index) => {
    const legend = [...plot.querySelectorAll<HTMLElement>(".u-legend .u-series:not(:first-child) .u-label")].map((label) => label.textContent).join("  ·  ");
    pen.fillText(legend, GAP * scale, top + LINE * scale - 6 * scale);
    pen.drawImage(canvases[index]!, 0, top + LINE * scale);
    top += canvases[index]!.height + (GAP + LINE) * scale;
  });
  return new Promise((resolve) => paper.toBlob(resolve, "image/png"));
}

/** Hands a file to whoever sits at the browser. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
