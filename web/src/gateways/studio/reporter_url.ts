/** The address that a reporter has to call, as far as it is known. */

/** One entry of `gateways` in the answer of GET /api/tables. */
export interface StudioListener {
  gateway: string;
  /** `127.0.0.1:8080` */
  address: string;
  auth?: string;
}

// The port that the originals use and that the settings begin with.
const PORT_USUAL = 8080;

/** `ws://studio-pc:8080`: a listener on every interface is called by the name of this page's own host. */
export function listenerUrl(listener: StudioListener | null, pageHost: string): string {
  const found = /^(.*):(\d+)$/.exec(listener?.address ?? "");
  const host = found?.[1] ?? "";
  const isEvery = host === "" || host === "0.0.0.0" || host === "[::]" || host === "*";
  return `ws://${isEvery ? pageHost : host}:${found?.[2] ?? PORT_USUAL}`;
}

/** The address with the credentials of the query style. */
export function reporterUrl(listener: StudioListener | null, pageHost: string, table: string, device: string): string {
  return `${listenerUrl(listener, pageHost)}/?id=${table}_${device}&token=TOKEN`;
}
