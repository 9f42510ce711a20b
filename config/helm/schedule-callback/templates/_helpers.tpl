{{/* The name of everything, of the labels and selectors too: so objects that were made by config/kubernetes can be taken over. */}}
{{- define "schedule-callback.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "schedule-callback.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "schedule-callback.name" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "schedule-callback.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The number after the last colon of ops.listen. */}}
{{- define "schedule-callback.port" -}}
{{- .Values.settings.ops.listen | regexFind "[0-9]+$" -}}
{{- end -}}

{{/*
A map of values as TOML: first what is no table, then each table under its header. A text of JSON is one of TOML.
Takes a list of the map and the header of the table that it is in, empty for the document.
*/}}
{{- define "schedule-callback.toml" -}}
{{- $header := index . 1 -}}
{{- $tables := dict -}}
{{- range $key, $value := index . 0 -}}
{{- $name := $key -}}
{{- if not (regexMatch "^[A-Za-z0-9_-]+$" $key) -}}{{- $name = toJson $key -}}{{- end -}}
{{- if kindIs "map" $value -}}
{{- $_ := set $tables (empty $header | ternary $name (printf "%s.%s" $header $name)) $value -}}
{{- else if kindIs "slice" $value -}}
{{- fail (printf "settings: %s has a list, and no setting of schedule-callback takes one" $key) -}}
{{- else if not (kindIs "invalid" $value) }}
{{ $name }} = {{ toJson $value }}
{{- end -}}
{{- end -}}
{{- range $name, $table := $tables }}

[{{ $name }}]
{{- include "schedule-callback.toml" (list $table $name) -}}
{{- end -}}
{{- end -}}

{{- define "schedule-callback.settings" -}}
{{- include "schedule-callback.toml" (list .Values.settings "") | trim -}}
{{- end -}}

{{/* What all pods are: without a privilege. */}}
{{- define "schedule-callback.podSecurity" -}}
serviceAccountName: {{ include "schedule-callback.serviceAccount" . }}
automountServiceAccountToken: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* What all containers are, from the image on. */}}
{{- define "schedule-callback.container" -}}
image: {{ include "schedule-callback.image" . }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - name: settings
    mountPath: /etc/schedule-callback
    readOnly: true
  - name: authorities
    mountPath: /run/secrets/authorities
    readOnly: true
  - name: kafka
    mountPath: /run/secrets/kafka
    readOnly: true
{{- end -}}

{{/* Two of them are empty unless the Secrets are there. */}}
{{- define "schedule-callback.volumes" -}}
- name: settings
  configMap: {name: {{ include "schedule-callback.name" . }}}
- name: authorities
  secret: {secretName: {{ .Values.secrets.authorities.name }}, optional: true}
- name: kafka
  secret: {secretName: {{ .Values.secrets.kafka.name }}, optional: true}
{{- end -}}

{{- define "schedule-callback.databaseUrl" -}}
- name: SCHEDULE_CALLBACK__POSTGRES__URL
  valueFrom:
    secretKeyRef: {name: {{ .name }}, key: {{ .key }}}
{{- end -}}

{{/* What a Job does: takes a list of the chart and of what differs between them (does, args, database). */}}
{{- define "schedule-callback.job" }}
{{- $ := index . 0 }}
{{- with index . 1 }}
{{- $name := printf "%s-%s" (include "schedule-callback.name" $) .does -}}
backoffLimit: {{ $.Values.jobs.backoffLimit }}
ttlSecondsAfterFinished: {{ $.Values.jobs.ttlSecondsAfterFinished }}
template:
  metadata:
    labels: {app.kubernetes.io/name: {{ $name }}, app.kubernetes.io/part-of: {{ include "schedule-callback.name" $ }}}
  spec:
    restartPolicy: Never
    {{- include "schedule-callback.podSecurity" $ | nindent 4 }}
    containers:
      - name: {{ .does }}
        args: {{ toJson (concat (list .does "--config" "/etc/schedule-callback/service.toml") .args) }}
        {{- with .database }}
        env:
          {{- include "schedule-callback.databaseUrl" . | nindent 10 }}
        {{- end }}
        resources:
          {{- toYaml $.Values.jobs.resources | nindent 10 }}
        {{- include "schedule-callback.container" $ | nindent 8 }}
    volumes:
      {{- include "schedule-callback.volumes" $ | nindent 6 }}
{{- end }}
{{- end }}
