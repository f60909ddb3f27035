import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { LoadError, Loading } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { formatTime } from "@/format/times.ts";
import { formatCount } from "@/format/values.ts";
import { Link } from "@/routing/Link.tsx";
import { setParams, useParam } from "@/routing/location.ts";
import { PATHS } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import { LongProfile } from "./LongProfile.tsx";
import { WhatIf } from "./WhatIf.tsx";
import "./profile.css";
import * as queries from "./queries.ts";
import { useTell } from "./texts/texts.ts";
import type { Profile } from "./types.ts";

/** Water along a way through the sewers, and a question to their model. */
export default function ProfilePage() {
  const tell = useTell();
  const start = useParam("start");
  const found = useQuery({ ...queries.profile(start), placeholderData: (before: Profile | undefined) => before });
  const title = tell("title");
  return (
    <div className="page profile">
      <header className="page-head">
        <h1>{title}</h1>
        <Link to={PATHS.systems}>{tell("back")}</Link>
      </header>
      {found.data ? <Shown profile={found.data} /> : found.error ? <LoadError what={title} error={found.error} retry={() => void found.refetch()} /> : <Loading what={title} />}
    </div>
  );
}

function Shown({ profile }: { profile: Profile }) {
  const tell = useTell();
  const locale = useLocale();
  const [blocked, setBlocked] = useState<string | null>(null);
  const ways = profile.ways.some((way) => way.id === profile.start) ? profile.ways : [{ id: profile.start, length: profile.stations.at(-1)?.at ?? 0 }, ...profile.ways];
  const pick = (
    <label className="profile-way">
      <span className="soft">{tell("profile.way")}</span>
      <select className="input" value={profile.start} onChange={(event) => setParams({ start: event.target.value })}>
        {ways.map((way) => (
          <option key={way.id} value={way.id}>
            {tell("profile.wayOf", { name: way.id, length: formatCount(Math.round(way.length), locale) })}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div className="stack">
      <Section title={tell("profile.title")} actions={pick}>
        <div className="profile-body">
          <p className="soft">{profile.at === null ? tell("profile.never") : tell("profile.at", { time: formatTime(profile.at * 1000, "clock", locale) })}</p>
          <LongProfile profile={profile} blocked={blocked} onBlock={setBlocked} />
        </div>
      </Section>
      <WhatIf reaches={profile.reaches} gates={profile.gates} blocked={blocked} onBlock={setBlocked} />
    </div>
  );
}
