CREATE TABLE plant."Gaming Events" (
	seq BIGINT NOT NULL,
	"When" DATETIME NOT NULL,
	gateway VARCHAR(64) NOT NULL,
	unit VARCHAR(64) NOT NULL,
	version BIGINT NOT NULL,
	kind VARCHAR(64) NOT NULL,
	data TEXT NOT NULL
)

CREATE TABLE plant.lineside_delivered (
	sink VARCHAR(64) NOT NULL,
	origin VARCHAR(32) NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (sink, origin, seq)
)

INSERT INTO plant.lineside_delivered (sink, origin, seq) VALUES (?, ?, ?)

INSERT INTO plant."Gaming Events" (seq, "When", gateway, unit, version, kind, data) VALUES (?, ?, ?, ?, ?, ?, ?)

SELECT plant.lineside_delivered.seq
FROM plant.lineside_delivered
WHERE plant.lineside_delivered.sink = ? AND plant.lineside_delivered.origin = ? AND plant.lineside_delivered.seq IN (?, ?)
