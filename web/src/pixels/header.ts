/** What the header of a file tells before its pixels are decoded. */
export interface Header {
  width: number;
  height: number;
  frames: number;
  /** By EXIF or XMP, 1 where the file states none. */
  orientation: number;
  /** The file for the browser's decoder, without its orientation and colour profile: these are not to be applied there. */
  bare: Blob;
}
