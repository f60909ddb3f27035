import type { AttributeView, EntityView } from "@/api/types.ts";
import { Age } from "@/components/Age.tsx";
import { Icon } from "@/components/Icon.tsx";
import { LiveNumber } from "@/components/LiveNumber.tsx";
import { StateMark } from "@/components/StateMark.tsx";
import { formatTime } from "@/format/times.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { useCell, useStale } from "@/live/hooks.ts";
import { useLocale } from "@/shell/preferences.ts";

import "./attributes.css";
import { type Reading, readingOf } from "./attributes.ts";

const SOURCES = ["measured", "estimated", "forecast", "entered"] as const;

interface RowProps {
  entity: EntityView;
  attribute: AttributeView;
  compact: boolean;
  chosen: boolean;
  onChoose?: ((name: string) => void) | undefined;
}

function useReading({ entity, attribute }: Pick<RowProps, "entity" | "attribute">): Reading {
  const locale = useLocale();
  return readingOf(attribute, useCell(entity.id, attribute.name), useStale(entity.id), locale);
}

function Name({ attribute, chosen, onChoose }: Omit<RowProps, "compact">) {
  const t = useT();
  const term = useTerm();
  const name = term(attribute.name, attribute.title);
  if (!onChoose || !attribute.numeric) return <>{name}</>;
  return (
    <button type="button" className="attribute-choose" aria-pressed={chosen} title={t("entity.showHistory", { attribute: name })} onClick={() => onChoose(attribute.name)}>
      {name}
      <Icon name="chart" size={14} />
    </button>
  );
}

function Quality({ attribute, reading }: { attribute: AttributeView; reading: Reading }) {
  const t = useT();
  const { source, reason, level } = attribute.quality;
  const known = SOURCES.find((each) => each === source);
  const detail = known ? t(`source.${known}`) : source;
  return (
    <>
      <StateMark state={reading.stale ? "stale" : reading.quality} detail={detail} />
      {reason && level === reading.quality && <p className="soft small">{reason}</p>}
    </>
  );
}

function LastTime({ reading, clock }: { reading: Reading; clock: EntityView["clock"] }) {
  const locale = useLocale();
  if (reading.observedAt === null) return <span className="soft">–</span>;
  return (
    <>
      <time dateTime={new Date(reading.observedAt).toISOString()}>{formatTime(reading.observedAt, "clockSeconds", locale)}</time>
      <div className="small">
        <Age at={reading.observedAt} clock={clock} />
      </div>
    </>
  );
}

function Row(props: RowProps) {
  const { entity, attribute, compact, chosen } = props;
  const reading = useReading(props);
  const looks = `${reading.stale ? "value-stale" : ""} ${attribute.numeric ? "" : "text-value"}`;
  const value = <LiveNumber className={looks} text={reading.text} unit={reading.unit} />;
  if (compact) {
    return (
      <tr>
        <th scope="row">
          <Name {...props} />
          {(reading.stale || reading.quality !== "good") && <StateMark state={reading.stale ? "stale" : reading.quality} />}
        </th>
        <td className={attribute.numeric ? "number" : "compact-text"}>
          {value}
          {reading.observedAt !== null && (
            <div className="small">
              <Age at={reading.observedAt} clock={entity.clock} />
            </div>
          )}
        </td>
      </tr>
    );
  }
  return (
    <tr className={chosen ? "attribute-chosen" : ""}>
      <th scope="row">
        <Name {...props} />
        {attribute.datasetId && <p className="soft small">{attribute.datasetId}</p>}
      </th>
      <td className={attribute.numeric ? "number" : ""}>{value}</td>
      <td>
        <Quality attribute={attribute} reading={reading} />
      </td>
      <td>
        <LastTime reading={reading} clock={entity.clock} />
      </td>
    </tr>
  );
}

interface Props {
  entity: EntityView;
  attributes: readonly AttributeView[];
  compact?: boolean;
  chosen?: string | null;
  onChoose?: (name: string) => void;
}

/** Attributes with value, unit, quality and age, each following the live stream. */
export function AttributeTable({ entity, attributes, compact = false, chosen = null, onChoose }: Props) {
  const t = useT();
  if (attributes.length === 0) return <p className="soft attributes-none">{t("entity.noAttributes")}</p>;
  return (
    <div className="table-scroll">
      <table className={`table attributes ${compact ? "" : "attributes-full"}`}>
        <thead className={compact ? "visually-hidden" : ""}>
          <tr>
            <th scope="col">{t("entity.attribute")}</th>
            <th scope="col" className="number">
              {t("entity.value")}
            </th>
            {!compact && (
              <>
                <th scope="col">{t("entity.quality")}</th>
                <th scope="col">{t("entity.time")}</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {attributes.map((attribute) => (
            <Row key={`${attribute.name}/${attribute.datasetId ?? ""}`} entity={entity} attribute={attribute} compact={compact} chosen={chosen === attribute.name} onChoose={onChoose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
