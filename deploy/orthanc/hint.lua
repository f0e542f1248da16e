-- Tells onelabel that something came, so that it asks at once instead of within half a minute. It is only a hint: what it
-- says is nothing about a patient, and when it is lost the next question finds the same. HttpPost waits for an answer, so
-- it is given a short time where Orthanc can.
--
-- In Orthanc's configuration:   "LuaScripts": ["/etc/orthanc/hint.lua"]
-- In Orthanc's environment:     HINT_TARGET  http://127.0.0.1:8080/v1/pacs/hints
--                               HINT_SOURCE  the name of the source in the PACS configuration
--                               HINT_KEY     an API key of the scope hint, where the service wants one
--                               HINT_KEY_FILE  or a file that holds it and nothing else

-- Read each time, so that a key can change without a restart.
local function keyOfFile()
  local path = os.getenv('HINT_KEY_FILE')
  local file = path and io.open(path, 'r')
  if not file then return nil end
  local key = file:read('*l')
  file:close()
  return key
end

local function tell()
  local target = os.getenv('HINT_TARGET')
  if target == nil then return end
  local headers = { ['Content-Type'] = 'application/json' }
  local key = os.getenv('HINT_KEY') or keyOfFile()
  if key ~= nil then headers['Authorization'] = 'Bearer ' .. key end
  -- Newer versions only; others wait as long as HttpTimeout of their configuration says.
  if SetHttpTimeout ~= nil then SetHttpTimeout(5) end
  HttpPost(target, DumpJson({ ['source'] = os.getenv('HINT_SOURCE') }, true), headers)
end

function OnStableSeries(seriesId, tags, metadata)
  -- Our own results come back as SEG, SR and SC.
  if tags['Modality'] == 'MR' then tell() end
end
