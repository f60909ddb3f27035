/** Photos made smaller; what a camera writes into them (place, serial number) stays behind. */

const LONGEST = 1920;
const QUALITY = 0.85;

export function fitted(width: number, height: number, longest = LONGEST): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The photo as a new JPEG; what the browser cannot draw goes as it is, and the server says what it is. */
export async function shrunk(file: File): Promise<Blob> {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const { width, height } = fitted(image.width, image.height);
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
    image.close();
    return await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  } catch {
    return file;
  }
}
