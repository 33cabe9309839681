-- One row per fact of the small LMS; times are seconds since 1970 (UTC) unless named otherwise.
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS tool (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    login_url TEXT NOT NULL,
    launch_url TEXT NOT NULL,
    jwks_url TEXT NOT NULL,
    accept_multiple INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS redirect_uri (
    client_id TEXT NOT NULL REFERENCES tool, uri TEXT NOT NULL, PRIMARY KEY (client_id, uri)
);
CREATE TABLE IF NOT EXISTS deployment (
    type_id INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id TEXT NOT NULL REFERENCES tool,
    deployment_id TEXT NOT NULL,
    UNIQUE (client_id, deployment_id)
);

CREATE TABLE IF NOT EXISTS person (
    id TEXT PRIMARY KEY,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS course (
    id TEXT PRIMARY KEY, label TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS course_deployment (
    course_id TEXT NOT NULL REFERENCES course,
    type_id INTEGER NOT NULL REFERENCES deployment,
    PRIMARY KEY (course_id, type_id)
);
CREATE TABLE IF NOT EXISTS section (
    id INTEGER PRIMARY KEY,
    course_id TEXT NOT NULL REFERENCES course,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    UNIQUE (course_id, position)
);
CREATE TABLE IF NOT EXISTS enrolment (
    course_id TEXT NOT NULL REFERENCES course,
    person_id TEXT NOT NULL REFERENCES person,
    role TEXT NOT NULL CHECK (role IN ('instructor', 'assistant', 'learner', 'mentor')),
    mentees TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (course_id, person_id)
);
CREATE TABLE IF NOT EXISTS class_section ( -- of the people of a course; "section" is one of its page
    id INTEGER PRIMARY KEY,
    course_id TEXT NOT NULL REFERENCES course,
    name TEXT NOT NULL,
    UNIQUE (course_id, name)
);
CREATE TABLE IF NOT EXISTS class_section_member (
    section_id INTEGER NOT NULL REFERENCES class_section,
    person_id TEXT NOT NULL REFERENCES person,
    PRIMARY KEY (section_id, person_id)
);
CREATE TABLE IF NOT EXISTS group_set (
    id INTEGER PRIMARY KEY,
    course_id TEXT NOT NULL REFERENCES course,
    name TEXT NOT NULL,
    UNIQUE (course_id, name)
);
CREATE TABLE IF NOT EXISTS class_group (
    id INTEGER PRIMARY KEY,
    set_id INTEGER NOT NULL REFERENCES group_set,
    name TEXT NOT NULL,
    UNIQUE (set_id, name)
);
CREATE TABLE IF NOT EXISTS class_group_member (
    group_id INTEGER NOT NULL REFERENCES class_group,
    person_id TEXT NOT NULL REFERENCES person,
    PRIMARY KEY (group_id, person_id)
);
CREATE TABLE IF NOT EXISTS tool_custom ( -- parameters of every link of a tool
    client_id TEXT PRIMARY KEY REFERENCES tool, custom TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS link (
    id TEXT PRIMARY KEY,
    course_id TEXT NOT NULL REFERENCES course,
    type_id INTEGER NOT NULL REFERENCES deployment,
    section_id INTEGER REFERENCES section, -- null: the course-home placement
    title TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL,
    custom TEXT NOT NULL DEFAULT '{}',
    dates TEXT NOT NULL DEFAULT '{}',
    document_target TEXT NOT NULL CHECK (document_target IN ('iframe', 'window')),
    created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS line_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- a deleted column's number is never given again
    course_id TEXT NOT NULL REFERENCES course,
    type_id INTEGER NOT NULL REFERENCES deployment,
    link_id TEXT REFERENCES link,
    label TEXT NOT NULL,
    score_maximum REAL NOT NULL,
    resource_id TEXT,
    tag TEXT,
    start_date_time TEXT,
    end_date_time TEXT
);
CREATE TABLE IF NOT EXISTS grade (
    line_item_id INTEGER NOT NULL REFERENCES line_item ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES person,
    score REAL,
    comment TEXT,
    timestamp TEXT NOT NULL,
    instant_us INTEGER NOT NULL, -- the timestamp in microseconds since 1970
    activity_progress TEXT NOT NULL,
    grading_progress TEXT NOT NULL,
    received REAL NOT NULL,
    PRIMARY KEY (line_item_id, person_id)
);
CREATE TABLE IF NOT EXISTS score_log (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    received REAL NOT NULL,
    client_id TEXT NOT NULL,
    line_item_id INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    score_given REAL,
    score_maximum REAL,
    comment TEXT,
    timestamp TEXT NOT NULL,
    activity_progress TEXT NOT NULL,
    grading_progress TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS launch (
    message_hint TEXT PRIMARY KEY,
    login_hint TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person,
    type_id INTEGER NOT NULL REFERENCES deployment,
    course_id TEXT NOT NULL REFERENCES course,
    link_id TEXT REFERENCES link, -- null: a deep linking request
    section_id INTEGER REFERENCES section,
    target_link_uri TEXT NOT NULL,
    created REAL NOT NULL,
    used REAL
);
CREATE TABLE IF NOT EXISTS deep_linking_request (
    id TEXT PRIMARY KEY,
    data TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person,
    type_id INTEGER NOT NULL REFERENCES deployment,
    course_id TEXT NOT NULL REFERENCES course,
    section_id INTEGER NOT NULL REFERENCES section,
    notice TEXT NOT NULL DEFAULT '', -- what the course page says afterwards
    created REAL NOT NULL,
    used REAL
);
CREATE TABLE IF NOT EXISTS access_token (
    digest TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES tool,
    scopes TEXT NOT NULL,
    expires REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS seen_once (
    kind TEXT NOT NULL,
    client_id TEXT NOT NULL,
    value TEXT NOT NULL,
    expires REAL NOT NULL,
    PRIMARY KEY (kind, client_id, value)
);
CREATE TABLE IF NOT EXISTS refusal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    time REAL NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('refused', 'warning')),
    endpoint TEXT NOT NULL,
    client_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL
);
