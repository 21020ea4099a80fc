// The shapes that the server hands to the console's scripts, and that they hand to each other.

/** A frame of the live stream. `id` grows per site. */
type Frame = { id: number; site: string } & (
  | { topic: "sitestatus"; data: StatusDocument }
  | { topic: "phase_status"; data: { message: string; timestamp: number } }
  | { topic: "calendar"; data: CalendarEvent }
  | { topic: "jobs"; data: Job }
  | { topic: "imagedata"; data: { s3_directory: string } }
  | { topic: "userstatus"; data: LogLine }
  | { topic: "nightlog"; data: NightNote }
);

/** Of the connection to the live stream. */
interface ConnectionState {
  name: "connecting" | "live" | "waiting";
  /** The connection was there before: what happened meanwhile is being repeated. */
  again: boolean;
  retryInMs: number;
}

/** What each panel of a site's page gives to main.js. */
interface Panel {
  take?(frame: Frame): void;
  refresh?(): Promise<unknown>;
}

type Tone = "good" | "bad" | "warn" | "idle";

interface Verdict {
  text: string;
  tone: Tone;
  why: string;
  at: number | null;
}

/** When each type of a site's status came last, unix ms. */
type Heard = Record<string, number>;

/** A value of a status, with its time (unix ms). */
interface Leaf {
  val: unknown;
  timestamp: number;
}

/** Time of a site that somebody holds, unix ms. */
interface Holding {
  event_id: string;
  start: number;
  end: number;
  creator: string;
  by_scheduler: boolean;
}

/** A site as the network's page keeps it (console/network.py). */
interface NetworkSite {
  code: string;
  kind: string;
  /** The types of status that the site sends itself, and not its WEMA. */
  own: string[];
  heard: Heard;
  enclosure: unknown;
  weather: unknown;
  events: Holding[];
  unread: string[];
  place: [latitude: number, longitude: number] | null;
}

/** An image's package, as `/api/…/latest_images` lists it. */
interface ImagePackage {
  base_filename: string;
  jpg_url: string;
  jpg_thumbnail_url: string;
  fits_01_name?: string;
  fits_10_name?: string;
  /** Unix ms. */
  capture_date: number;
  exposure_time: number;
  filter_used: string;
  right_ascension: number | null;
  declination: number | null;
  altitude: number | null;
  airmass: number | null;
  username: string;
}

/** How a value of a status is shown (console/site/status.py). */
type StatusItem = [label: string, kind: string, unit: string, decimals: number];

interface StatusSpec {
  groups: Record<string, { title: string; items: Record<string, StatusItem> }>;
  flat: string[];
  no_groups: string[];
  skipped: string[];
  stale_ms: number;
  longest: number;
}

/** A document of a site's status, as a frame or the REST call carries it. */
interface StatusDocument {
  /** The site that sent it, which may be the WEMA of the one that is looked at. */
  site?: string;
  statusType?: string;
  status?: Record<string, unknown>;
  server_timestamp_ms: number;
}

interface Curve {
  column: string;
  name: string;
  keys: string[];
}

interface WeatherPlot {
  title: string;
  unit: string;
  decimals: number;
  step: boolean;
  curves: Curve[];
}

/** Why something may not be done, by what it needs; empty where it may. */
type Rights = Record<string, string>;

/** What a site's page tells its scripts (console/views_site.py). */
interface SitePage {
  site: string;
  kind: string;
  mount: string;
  me: { user_id: string; user_name: string; admin: boolean };
  may: Rights;
  start_ms: number;
  end_ms: number;
  lowest: number;
  latitude: number | null;
  longitude: number | null;
  status: StatusSpec;
  heard: Heard;
  parts: Record<string, Record<string, Record<string, Leaf>>>;
  jobs: JobsSpec;
  images: ImagePackage[];
  weather: WeatherPlot[];
  levels: string[];
}

interface JobsSpec {
  words: Record<string, [word: string, tone: string]>;
  stages: Record<string, number>;
  told: string[];
  shown: number;
}

interface Job {
  ulid: string;
  statusId: string;
  action: string;
  deviceType: string;
  required_params: Record<string, unknown>;
  optional_params: Record<string, unknown>;
  user_name: string;
  timestamp_ms: number;
  secondsUntilComplete?: unknown;
}

interface CalendarEvent {
  event_id: string;
  change?: string;
  /** ISO 8601. */
  start: string;
  end: string;
  creator: string;
  creator_id: string;
  title: string;
  origin: string;
  reservation_note?: string;
}

interface LogLine {
  log_level: string;
  message: string;
  timestamp?: number | string;
  timestamp_ms?: number;
}

interface NightNote {
  note_data: { message?: unknown; username?: unknown } | null;
  created_timestamp: number;
  ttl_timestamp_seconds: number;
}

/** A picture's numbers, the channels of a pixel beside each other. */
interface Picture {
  width: number;
  height: number;
  channels: number;
  values: Float32Array | Float64Array;
}

/** A FITS header's cards. */
type Cards = Record<string, string | number | boolean>;

/** A plot over time; `times` are unix seconds. */
interface PlotData {
  title: string;
  unit?: string;
  times: number[];
  series: { name: string; values: (number | null)[] }[];
  step?: boolean;
  height?: number;
}

interface Place {
  latitude: number;
  longitude: number;
}
